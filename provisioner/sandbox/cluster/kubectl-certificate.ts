/** `kubectl certificate approve|deny`, and what the signing controller does then. */
import { z } from 'zod';
import { KubectlError, parseArguments } from './kubectl-arguments';
import { notFound } from './kubectl-call';
import type { ObjectStore } from './objects';
import { resourceOfKind } from './resources';
import type { CommandOutput, KubectlRequest } from './stand-in-api';

const REQUESTS = resourceOfKind('CertificateSigningRequest', 'certificates.k8s.io/v1');
const spec = z.looseObject({
  request: z.string(),
  signerName: z.literal('kubernetes.io/kube-apiserver-client'),
  expirationSeconds: z.number().int().min(600).optional(),
});

/** @param sign gives the certificate for a request (PEM), valid for so many days */
export async function runCertificate(
  store: ObjectStore,
  { args }: KubectlRequest,
  sign: (request: string, days: number) => Promise<string>,
): Promise<CommandOutput> {
  const [verdict, name = ''] = parseArguments(args).words;
  const found = store.get(REQUESTS, '', name);
  try {
    if (verdict !== 'approve' && verdict !== 'deny')
      throw new KubectlError('error: USAGE: certificate approve NAME');
    if (found === undefined) throw notFound(REQUESTS, name);
    const wanted = spec.parse(found.spec);
    const approved = verdict === 'approve';
    const conditions = [{ type: approved ? 'Approved' : 'Denied', status: 'True', reason: 'KubectlApprove' }];
    const certificate = approved
      ? await sign(
          Buffer.from(wanted.request, 'base64').toString('utf8'),
          // openssl counts days, the API seconds: what is asked for is rounded up.
          Math.ceil((wanted.expirationSeconds ?? 365 * 86_400) / 86_400),
        )
      : undefined;
    store.put({
      ...found,
      status: {
        conditions,
        ...(certificate !== undefined && { certificate: Buffer.from(certificate).toString('base64') }),
      },
    });
    return {
      exitCode: 0,
      stdout: `certificatesigningrequest.certificates.k8s.io/${name} ${approved ? 'approved' : 'denied'}\n`,
      stderr: '',
    };
  } catch (error) {
    return { exitCode: 1, stdout: '', stderr: `${error instanceof Error ? error.message : String(error)}\n` };
  }
}
