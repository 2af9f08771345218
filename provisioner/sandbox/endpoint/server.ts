import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { authorize } from './authorization';
import { delay } from './clock';
import { getCommandInvocation, listCommandInvocations, listCommands } from './command-queries';
import type { CredentialStore, Principal } from './credentials';
import { describeInstanceInformation } from './instance-information';
import type { Operation, OperationContext } from './operation';
import {
  deleteParameter,
  getParameter,
  getParameters,
  getParametersByPath,
  putParameter,
} from './parameters';
import { cancelCommand, sendCommand } from './send-command';
import { ServiceError } from './service-error';
import type { SandboxSettings } from './settings';
import { authenticate, type SignedRequest } from './signature';

/** What the server needs beside the operations' own context. */
export interface ServerOptions {
  readonly context: OperationContext;
  readonly credentials: CredentialStore;
  /** Whether this call is one too many. */
  readonly throttle: () => boolean;
  readonly onCall: (operation: string) => void;
}

const operations: ReadonlyMap<string, Operation> = new Map([
  ['SendCommand', sendCommand],
  ['GetCommandInvocation', getCommandInvocation],
  ['ListCommands', listCommands],
  ['ListCommandInvocations', listCommandInvocations],
  ['CancelCommand', cancelCommand],
  ['DescribeInstanceInformation', describeInstanceInformation],
  ['PutParameter', putParameter],
  ['GetParameter', getParameter],
  ['GetParameters', getParameters],
  ['GetParametersByPath', getParametersByPath],
  ['DeleteParameter', deleteParameter],
]);

const TARGET_PREFIX = 'AmazonSSM.';
const MAX_BODY_BYTES = 1024 * 1024;

/** The JSON 1.1 protocol of SSM over HTTP: names the operation, proves the caller, answers or refuses. */
export function createServer(options: ServerOptions): RequestListener {
  return (request, response) => {
    answer(request, options).then(
      (body) => send(response, 200, body),
      (error: unknown) => sendError(response, error),
    );
  };
}

async function answer(request: IncomingMessage, options: ServerOptions): Promise<object> {
  const { context, credentials } = options;
  const body = await readBody(request);
  const name = operationName(request);
  options.onCall(operations.has(name) ? name : 'Unknown');
  await delay(context.clock, context.settings.get().apiLatencyMs);
  const principal = await authenticate(
    signedRequest(request, body),
    { region: context.region, service: 'ssm' },
    credentials,
    undefined,
    (principal) => skewOf(principal, context),
  );
  if (principal.kind === 'operator') await operatorFault(context.settings.get());
  const operation = operations.get(name);
  if (operation === undefined)
    throw new ServiceError('UnknownOperationException', `The sandbox does not know the operation ${name}.`);
  if (options.throttle()) throw new ServiceError('ThrottlingException', 'Rate exceeded');
  requireContentType(request);
  const input = parseJson(body);
  authorize(principal, { operation: name, input, region: context.region, accountId: context.accountId });
  return operation(input, context);
}

/** @throws ServiceError ExpiredTokenException */
async function operatorFault({ operatorFault: fault }: SandboxSettings): Promise<void> {
  if (fault === 'expired')
    throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
  // The caller gives up, or its connection is dropped with the endpoint.
  if (fault === 'silent') await new Promise(() => {});
}

function skewOf(principal: Principal, { settings, agents }: OperationContext): number {
  if (principal.kind !== 'node') return 0;
  const { clockSkew } = settings.get();
  const name = agents.all().find(({ instanceId }) => instanceId === principal.instanceId)?.nodeName ?? '';
  return (clockSkew[principal.instanceId] ?? clockSkew[name] ?? 0) * 1000;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // An IncomingMessage without an encoding yields buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES)
      throw new ServiceError('RequestEntityTooLargeException', 'The request is larger than 1 MB.', 413);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

function operationName(request: IncomingMessage): string {
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || typeof target !== 'string' || !target.startsWith(TARGET_PREFIX))
    throw new ServiceError(
      'UnknownOperationException',
      'Expected a POST with the header X-Amz-Target: AmazonSSM.<operation>.',
    );
  return target.slice(TARGET_PREFIX.length);
}

/** The protocol demands it; a client that is written by hand is the one that forgets it. */
function requireContentType(request: IncomingMessage): void {
  if (/^application\/x-amz-json-1\.[01]\b/.test(request.headers['content-type'] ?? '')) return;
  throw new ServiceError('SerializationException', 'Expected Content-Type: application/x-amz-json-1.1.');
}

function signedRequest(request: IncomingMessage, body: Buffer): SignedRequest {
  return {
    method: request.method ?? '',
    target: request.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(',') : (value ?? ''),
      ]),
    ),
    body,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    const parsed: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Falls through: whatever is no JSON object gets the same answer.
  }
  throw new ServiceError('SerializationException', 'The request body is not a JSON object.');
}

function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof ServiceError
      ? error
      : new ServiceError(
          'InternalServerError',
          `defect of the sandbox: ${error instanceof Error ? error.message : String(error)}`,
          500,
        );
  send(response, known.status, known.body);
}

function send(response: ServerResponse, status: number, body: object): void {
  const content = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(content),
    'x-amzn-RequestId': randomUUID(),
  });
  response.end(content);
}
