/** A stand-in for S3: a bucket's objects in a folder, as much of the protocol as backups and public documents need. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { CredentialStore } from './credentials';
import { ServiceError } from './service-error';
import { authenticate } from './signature';

export interface S3Options {
  readonly region: string;
  /** By name. */
  readonly buckets: Readonly<Record<string, S3Bucket>>;
  readonly credentials: CredentialStore;
}

export interface S3Bucket {
  /** Where the objects are kept; only its owner reads it. */
  readonly folder: string;
  /** Objects that everybody may read without a signature, and the only ones that nodes may write. Default: none, and nodes write all. */
  readonly publicKeys?: readonly string[];
  /** Start of the keys that nodes may delete. Default: none. */
  readonly pruned?: string;
}

const MAX_OBJECT_BYTES = 64 * 1024 * 1024;

/**
 * PutObject, GetObject, DeleteObject and ListObjectsV2 of `/<bucket>/<key>` (path style), by operator and nodes. Every
 * request is signed, but for reading what is public.
 */
export function createS3(options: S3Options): RequestListener {
  for (const { folder } of Object.values(options.buckets))
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  return (request, response) => {
    serve(request, response, options).catch((error: unknown) => refuse(response, error));
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: S3Options): Promise<void> {
  const body = await bodyOf(request);
  const target = request.url ?? '/';
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const url = new URL(target, 'http://s3');
  const [, name = '', ...rest] = url.pathname.split('/');
  const bucket = Object.hasOwn(options.buckets, name) ? options.buckets[name] : undefined;
  const key = rest.map(decodeURIComponent).join('/');
  const isPublic = bucket?.publicKeys?.includes(key) === true;
  if (headers.authorization === undefined && isPublic && request.method === 'GET')
    return send(response, 200, shown(join(bucket?.folder ?? '', encodeURIComponent(key))));
  const { region, credentials } = options;
  const who = await authenticate(
    { method: request.method ?? '', target, headers, body },
    { region, service: 's3' },
    credentials,
  );
  if (bucket === undefined) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist');
  if (who.kind === 'node' && bucket.publicKeys !== undefined && !(isPublic && request.method === 'PUT'))
    throw new ServiceError('AccessDenied', 'The role of the nodes writes the public objects of this bucket.');
  const mayDelete = bucket.pruned !== undefined && key.startsWith(bucket.pruned);
  if (who.kind === 'node' && request.method === 'DELETE' && !mayDelete)
    throw new ServiceError('AccessDenied', 'The role of the nodes deletes nothing here.');
  if (key === '' && request.method === 'GET')
    return send(
      response,
      200,
      list(name, bucket.folder, url.searchParams.get('prefix') ?? ''),
      'application/xml',
    );
  // A key is one file's name, so that no key leads out of the folder.
  const file = join(bucket.folder, encodeURIComponent(key));
  switch (request.method) {
    case 'PUT':
      writeFileSync(`${file}.new`, body, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return send(response, 200, '');
    case 'GET':
      return send(response, 200, read(file));
    case 'DELETE':
      rmSync(file, { force: true });
      return send(response, 204, '');
    default:
      throw new ServiceError('MethodNotAllowed', `The sandbox's S3 does not know ${request.method}.`);
  }
}

function list(bucket: string, folder: string, prefix: string): string {
  const contents = readdirSync(folder)
    .map((name) => ({ key: decodeURIComponent(name), ...statSync(join(folder, name)) }))
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(
      ({ key, size, mtimeMs }) =>
        `<Contents><Key>${key}</Key><LastModified>${new Date(mtimeMs).toISOString()}</LastModified><Size>${size}</Size></Contents>`,
    );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>${bucket}</Name><Prefix>${prefix}</Prefix><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>\n`;
}

/** Who may not list a bucket is not told that an object is missing. */
function shown(file: string): Buffer {
  if (existsSync(file)) return readFileSync(file);
  throw new ServiceError('AccessDenied', 'Access Denied');
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new ServiceError('NoSuchKey', 'The specified key does not exist.');
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_OBJECT_BYTES)
      throw new ServiceError('EntityTooLarge', "The object is larger than the sandbox's S3 takes.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, error: unknown): void {
  const code = error instanceof ServiceError ? error.code : 'InternalError';
  const message = error instanceof Error ? error.message : String(error);
  const status = { NoSuchKey: 404, NoSuchBucket: 404, InternalError: 500 }[code] ?? 403;
  send(
    response,
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>\n`,
    'application/xml',
  );
}

function send(response: ServerResponse, status: number, body: string | Buffer, type?: string): void {
  response.writeHead(status, { 'Content-Type': type ?? 'application/octet-stream' }).end(body);
}
