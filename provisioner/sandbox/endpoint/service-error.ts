/** An error as the service words it on the wire: `__type`, a message, and the HTTP status of a client's or a server's fault. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    /** The value of `__type`: what makes the SDKs raise the right class. */
    readonly code: string,
    message: string,
    readonly status: number = 400,
  ) {
    super(message);
  }

  /** The service's model spells the member `message` for some errors and `Message` for others; every SDK reads both. */
  get body(): Readonly<Record<string, string>> {
    return { __type: this.code, [upperCaseMessage.has(this.code) ? 'Message' : 'message']: this.message };
  }
}

const upperCaseMessage: ReadonlySet<string> = new Set([
  'InternalServerError',
  'InvalidDocument',
  'InvalidDocumentVersion',
  'InvalidFilterValue',
  'InvalidInstanceId',
  'InvalidNextToken',
  'InvalidNotificationConfig',
  'InvalidParameters',
  'InvalidRole',
  'MaxDocumentSizeExceeded',
  'TooManyUpdates',
  'UnsupportedPlatformType',
]);

export function validationException(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

/** @param instanceIds those that can't take commands: unknown, or their agent's connection is lost */
export function invalidInstanceId(instanceIds: readonly string[], accountId: string): ServiceError {
  return new ServiceError(
    'InvalidInstanceId',
    `Instances [[${instanceIds.join(', ')}]] not in a valid state for account ${accountId}`,
  );
}

export function invalidCommandId(): ServiceError {
  return new ServiceError('InvalidCommandId', 'The command id is not one of this account.');
}
