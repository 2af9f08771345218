/** Certificates for loopback, made by openssl and kept until `reset`. */
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../errors';

export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority extends KeyPair {
  /** A certificate of this authority; made once for each name. */
  issue(name: string, request: { readonly subject: string; readonly extensions: string }): Promise<KeyPair>;
  /**
   * A certificate for a request (PEM), followed by the authority's own. As K3s gives them: for a year, unless `days` says
   * otherwise.
   */
  sign(request: string, options: { readonly extensions: string; readonly days?: number }): Promise<string>;
}

const DAYS = '3650';
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function certificateAuthority(folder: string): Promise<CertificateAuthority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = filesOf(folder, 'ca');
  if (!existsSync(ca.certFile))
    await openssl([
      'req',
      '-x509',
      ...CURVE,
      '-days',
      DAYS,
      '-subj',
      '/CN=stagecraft-sandbox-ca',
      '-keyout',
      ca.keyFile,
      '-out',
      ca.certFile,
    ]);
  return {
    ...read(ca),
    async issue(name, { subject, extensions }) {
      const files = filesOf(folder, name);
      if (existsSync(files.certFile)) return read(files);
      const request = join(folder, `${name}.csr`);
      const extensionFile = join(folder, `${name}.ext`);
      writeFileSync(extensionFile, `${extensions}\n`);
      await openssl(['req', ...CURVE, '-subj', subject, '-keyout', files.keyFile, '-out', request]);
      await openssl([
        ...['x509', '-req', '-in', request, '-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial'],
        ...['-days', DAYS, '-extfile', extensionFile, '-out', files.certFile],
      ]);
      return read(files);
    },
    async sign(request, { extensions, days = 365 }) {
      const files = join(folder, `request-${randomUUID()}`);
      try {
        writeFileSync(`${files}.csr`, request);
        writeFileSync(`${files}.ext`, `${extensions}\n`);
        await openssl([
          ...['x509', '-req', '-in', `${files}.csr`, '-CA', ca.certFile, '-CAkey', ca.keyFile],
          // A serial of its own: several are signed at a time.
          ...['-set_serial', `0x${randomBytes(8).toString('hex')}`, '-days', String(days)],
          ...['-extfile', `${files}.ext`, '-out', `${files}.crt`],
        ]);
        return readFileSync(`${files}.crt`, 'utf8') + read(ca).cert;
      } finally {
        for (const suffix of ['csr', 'ext', 'crt']) rmSync(`${files}.${suffix}`, { force: true });
      }
    },
  };
}

function filesOf(folder: string, name: string): { certFile: string; keyFile: string } {
  return { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

function read(files: { certFile: string; keyFile: string }): KeyPair {
  return { ...files, cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') };
}

const run = promisify(execFile);

async function openssl(args: readonly string[]): Promise<void> {
  await run('openssl', [...args]).catch((error: unknown) => {
    throw new UserError(
      `openssl could not make a certificate: ${error instanceof Error ? error.message : String(error)}`,
      'The sandbox needs openssl 1.1.1 or later.',
    );
  });
}
