import { accessRole, signedCertificate } from '../../../provisioner/roles/k3s/access';
import { lint, shellcheck } from '../../tasks/harness';
import { exampleContext } from '../example';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test('reads the certificate and the authority out of what the task printed', () => {
  const output = `something else\ncertificate=${base64(pem)}\nca=${base64(`${pem}${pem}`)}\n`;
  expect(signedCertificate(output)).toEqual({ certificate: pem, ca: pem + pem });
});

test.each([
  '',
  `certificate=${base64(pem)}`,
  `certificate=${base64('no')}\nca=${base64(pem)}`,
  'certificate=%\nca=%',
])('takes %j for no certificate', (output) => {
  expect(signedCertificate(output)).toBeUndefined();
});

(shellcheck ? test.each : test.skip.each)(['admin', 'view'] as const)('shellcheck: %s', (level) => {
  const role = accessRole({ level, request: pem, seconds: 3600, name: 'stagecraft-1' });
  for (const task of role.tasks(exampleContext())) expect(lint(task)).toBe('');
});
