import { ServiceError } from './service-error';

/** What `AWS-RunShellScript` is asked to do. */
export interface ShellScript {
  readonly lines: readonly string[];
  readonly workingDirectory?: string;
  /** Seconds until the agent kills it. */
  readonly executionTimeout: number;
}

/** The value of a plain parameter of Parameter Store, by name; undefined for a secret and for one that isn't there. */
export type PlainValueOf = (parameterName: string) => string | undefined;

export type DocumentParameters = Readonly<Record<string, readonly string[]>>;

export const DOCUMENT_NAME = 'AWS-RunShellScript';
export const PLUGIN_NAME = 'aws:runShellScript';

/** A document and its parameters share 64 KB (SSM quota); the document itself takes about this much of it. */
const DOCUMENT_BYTES = 1200;
const MAX_BYTES = 64 * 1024;
const EXECUTION_TIMEOUT = { fallback: 3600, max: 172_800 } as const;
const MAX_WORKING_DIRECTORY = 4096;

/**
 * Reads the parameters of the one document that the sandbox knows.
 *
 * @throws ServiceError InvalidDocument, InvalidDocumentVersion, UnsupportedPlatformType, MaxDocumentSizeExceeded,
 *   InvalidParameters
 */
export function readDocument(
  name: string,
  version: string | undefined,
  parameters: DocumentParameters,
  plainValueOf: PlainValueOf,
): ShellScript {
  requireDocument(name, version);
  requireSize(parameters);
  const unknown = Object.keys(parameters).filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw invalidParameters(
      `document ${DOCUMENT_NAME} does not support parameters. Unknown: ${unknown.join(', ')}`,
    );
  const lines = (parameters.commands ?? []).map((line) => resolveReferences(line, plainValueOf));
  if (lines.length === 0) throw invalidParameters('the required parameter commands is missing or empty');
  const workingDirectory = single(parameters, 'workingDirectory') ?? '';
  if (workingDirectory.length > MAX_WORKING_DIRECTORY)
    throw invalidParameters(`workingDirectory is longer than ${MAX_WORKING_DIRECTORY} characters`);
  const executionTimeout = readTimeout(single(parameters, 'executionTimeout'));
  return { lines, executionTimeout, ...(workingDirectory === '' ? {} : { workingDirectory }) };
}

const known: ReadonlySet<string> = new Set(['commands', 'workingDirectory', 'executionTimeout']);

function requireDocument(name: string, version: string | undefined): void {
  // A document can be meant by its ARN, too.
  const plain = name.replace(/^arn:aws[a-z-]*:ssm:[^:]*:[^:]*:document\//, '');
  if (plain === 'AWS-RunPowerShellScript')
    throw new ServiceError('UnsupportedPlatformType', `${plain} does not support the platform type Linux.`);
  if (plain !== DOCUMENT_NAME)
    throw new ServiceError('InvalidDocument', `Document with name ${plain} does not exist.`);
  if (version !== undefined && !['$DEFAULT', '$LATEST', '1'].includes(version))
    throw new ServiceError('InvalidDocumentVersion', `Version ${version} of ${plain} does not exist.`);
}

function requireSize(parameters: DocumentParameters): void {
  const bytes = DOCUMENT_BYTES + Buffer.byteLength(JSON.stringify(parameters));
  if (bytes > MAX_BYTES)
    throw new ServiceError(
      'MaxDocumentSizeExceeded',
      `The total size of the parameters and the document, ${bytes} bytes, exceeds the limit of 64 KB.`,
    );
}

/**
 * The service puts a parameter's value in the place of `{{ssm:name}}`, wherever it stands, shell or not. A secret can't be
 * referred to: its value would end in the command history.
 */
function resolveReferences(line: string, plainValueOf: PlainValueOf): string {
  return line.replace(/\{\{\s*ssm:([^{}\s]+)\s*\}\}/g, (_reference, name: string) => {
    const value = plainValueOf(name);
    if (value === undefined)
      throw invalidParameters(`{{ssm:${name}}} does not refer to a parameter of type String or StringList`);
    return value;
  });
}

function single(parameters: DocumentParameters, key: string): string | undefined {
  const values = parameters[key];
  if (values === undefined) return undefined;
  if (values.length !== 1) throw invalidParameters(`the parameter ${key} takes exactly one value`);
  return values[0];
}

function readTimeout(value: string | undefined): number {
  if (value === undefined) return EXECUTION_TIMEOUT.fallback;
  const seconds = /^[1-9]\d{0,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds <= EXECUTION_TIMEOUT.max))
    throw invalidParameters(
      `executionTimeout has to be a number of seconds from 1 to ${EXECUTION_TIMEOUT.max}`,
    );
  return seconds;
}

function invalidParameters(message: string): ServiceError {
  return new ServiceError('InvalidParameters', message);
}
