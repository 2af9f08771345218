import { serversWithout } from '../../provisioner/cli/run-restore';
import { UserError } from '../../provisioner/errors';

const fleet = {
  inventory: { environment: 'prod' },
  hosts: ['prod-server-1', 'prod-server-2', 'prod-general-1'].map((name) => ({
    name,
    id: name,
    groups: [name.includes('server') ? 'servers' : 'agents'],
  })),
};

test('a server that is gone is left out', () => {
  expect(serversWithout(fleet, 'prod-server-2').map(({ name }) => name)).toEqual(['prod-server-1']);
});

test('the first server is refused, with commands that make it anew and leave nothing out', () => {
  let refusal: unknown;
  try {
    serversWithout(fleet, 'prod-server-1');
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UserError);
  const { next } = refusal instanceof UserError ? refusal : {};
  expect(next).toContain('`npx cdktf deploy prod`');
  expect(next).toContain('`npm run provision -- --env prod --limit prod-server-1`');
  expect(next).not.toContain('--skip-tags');
});
