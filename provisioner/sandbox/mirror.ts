import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Listener, listenOnLoopback } from './endpoint/listener';
import type { SandboxSettings } from './endpoint/settings';

/** Go's names of the architectures that K3s is released for here. */
export type MirrorArch = 'amd64' | 'arm64';

export interface MirrorOptions {
  /** Content of the `k3s` binary of a release: in the sandbox, a script that says it is simulated. */
  readonly k3sBinary: (version: string, arch: MirrorArch) => Buffer | string;
  /** Content of `k3s-airgap-images-<arch>.tar.zst`. Default: the images are not offered (404). */
  readonly airgapImages?: (version: string, arch: MirrorArch) => Buffer | string;
  /** The fault in force; asked at each request. Default: none. */
  readonly fault?: () => SandboxSettings['mirrorFault'];
  /** Whether the archive of packages answers; asked at each request. Default: it does. */
  readonly archive?: () => SandboxSettings['packageArchive'];
}

export interface Mirror {
  readonly handler: RequestListener;
  /** Serves on 127.0.0.1; 0 for any free port. */
  listen(port?: number): Promise<Listener>;
}

/** A file of a release. Checksum files are small and stay right: a fault of the download has to show against them. */
interface Asset {
  readonly content: Buffer;
  readonly isChecksums: boolean;
}

/** What the simulated apt-get asks before it installs anything: a package's content is of no interest here. */
export const ARCHIVE_PATH = '/ubuntu';

const RELEASE_PATH = /^\/k3s-io\/k3s\/releases\/download\/([^/]+)\/([^/]+)$/;
/** `v1.33.4+k3s1`: a K3s release tag. */
const VERSION = /^v\d+\.\d+\.\d+(-[a-z0-9.]+)?\+k3s\d+$/;

/**
 * A stand-in for GitHub's release downloads of K3s, laid out as there:
 * `/k3s-io/k3s/releases/download/<version>/<file>`, the `+` of the version as it is or as `%2B`.
 */
export function createMirror(options: MirrorOptions): Mirror {
  const handler: RequestListener = (request, response) => serve(request, response, options);
  return { handler, listen: (port) => listenOnLoopback(handler, port) };
}

function serve(request: IncomingMessage, response: ServerResponse, options: MirrorOptions): void {
  if (request.url === ARCHIVE_PATH) {
    if (options.archive?.() === 'down') refuse(response, 503, 'unavailable (a fault of the sandbox)');
    else response.writeHead(200, { 'Content-Type': 'text/plain' }).end('simulated\n');
    return;
  }
  const fault = options.fault?.() ?? 'none';
  const asset = find(request.url ?? '', options);
  if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'only GET and HEAD');
  else if (fault === 'unavailable') refuse(response, 503, 'unavailable (a fault of the sandbox)');
  else if (asset === undefined) refuse(response, 404, 'Not Found');
  else deliver(request, response, asset, asset.isChecksums ? 'none' : fault);
}

function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  fault: SandboxSettings['mirrorFault'],
): void {
  const content = fault === 'tampered' ? tampered(asset.content) : asset.content;
  const etag = `"${sha256(content)}"`;
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ETag: etag }).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': content.length,
    ETag: etag,
  });
  if (request.method === 'HEAD') response.end();
  else if (fault === 'cut') sendHalf(response, content);
  else response.end(content);
}

function find(url: string, options: MirrorOptions): Asset | undefined {
  const match = RELEASE_PATH.exec(decoded(url.replace(/\?.*$/, '')));
  const [, version = '', file = ''] = match ?? [];
  if (!VERSION.test(version)) return undefined;
  for (const arch of ['amd64', 'arm64'] as const) {
    const files = new Map(release(version, arch, options));
    if (file === `sha256sum-${arch}.txt`) return { content: checksums(files), isChecksums: true };
    const content = files.get(file);
    if (content !== undefined) return { content, isChecksums: false };
  }
  return undefined;
}

function release(version: string, arch: MirrorArch, options: MirrorOptions): [string, Buffer][] {
  const binary: [string, Buffer] = [
    arch === 'amd64' ? 'k3s' : `k3s-${arch}`,
    Buffer.from(options.k3sBinary(version, arch)),
  ];
  if (options.airgapImages === undefined) return [binary];
  return [[`k3s-airgap-images-${arch}.tar.zst`, Buffer.from(options.airgapImages(version, arch))], binary];
}

/** The format of `sha256sum`, as K3s publishes it. */
function checksums(files: ReadonlyMap<string, Buffer>): Buffer {
  return Buffer.from([...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join(''));
}

/** Half of what Content-Length promised, then the connection is gone. */
function sendHalf(response: ServerResponse, content: Buffer): void {
  response.write(content.subarray(0, Math.floor(content.length / 2)), () => response.destroy());
}

function tampered(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.from('\n# tampered\n')]);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${message}\n`);
}
