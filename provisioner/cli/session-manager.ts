/** The arguments of `aws` that open a terminal on an instance. */
export function sessionArguments(target: {
  readonly region: string;
  readonly instanceId: string;
  /** The document whose preferences the session has; without one, those of the account. */
  readonly document?: string | undefined;
}): string[] {
  const { region, instanceId, document } = target;
  return [
    ...['ssm', 'start-session', '--region', region, '--target', instanceId],
    ...(document === undefined ? [] : ['--document-name', document]),
  ];
}
