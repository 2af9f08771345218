import { UserError } from '../../provisioner/errors';
import { requireNamespaces } from '../../provisioner/sandbox/requirements';

function refusal(host: { platform: string; uid: number | undefined }): UserError {
  try {
    requireNamespaces(host);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('without root it says so, what to do, and that it never falls back on the host', () => {
  const { what, next } = refusal({ platform: 'linux', uid: 1000 });
  expect(what).toContain('needs root');
  expect(next).toMatch(/sudo.*never runs a role on the host/);
});

test('elsewhere than on Linux it names a way to get there', () => {
  const { what, next } = refusal({ platform: 'darwin', uid: 501 });
  expect(what).toContain('needs Linux');
  expect(next).toContain('virtual machine');
});
