import { handlersOf, stepsOf } from '../../provisioner/engine/steps';
import { site } from '../../provisioner/site';
import { lint, shellcheck } from '../tasks/harness';
import { exampleContext, exampleInventory, exampleIssuer } from './example';

const secrets = { exists: async () => true, create: async () => {} };

const fleets = {
  'one server': exampleContext(),
  'three servers, every choice made': exampleContext(
    {
      servers: { count: 3 },
      k3s: {
        airgapImages: true,
        registryMirrors: { 'docker.io': ['https://mirror.example.com'] },
        checksums: { amd64: 'a'.repeat(64), arm64: 'b'.repeat(64) },
        flannelBackend: 'wireguard-native',
        disable: [],
      },
      system: { sysctls: { 'net.core.somaxconn': 1024, 'net.ipv4.ip_local_port_range': '32768 60999' } },
    },
    exampleInventory(3, { workloadIdentity: exampleIssuer, buckets: { backups: 'test-backups' } }),
  ),
};

const plays = Object.entries(fleets).flatMap(([fleet, context]) =>
  site({ secrets }).map((play) => ({ fleet, context, play })),
);

describe.each(plays)('$fleet: the play "$play.name"', ({ context, play }) => {
  const steps = stepsOf(play, context);

  it('has a name of its own for each task of a role', () => {
    const names = steps.map(({ role, task }) => `${role} : ${task.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('names each handler once', () => {
    expect(() => handlersOf(steps)).not.toThrow();
  });

  const maybe = shellcheck ? it.each : it.skip.each;
  maybe(steps.map(({ task }) => [task.name, task] as const))(
    '%s: shellcheck has nothing to say',
    (_, task) => {
      expect(lint(task)).toBe('');
    },
  );
  maybe([...handlersOf(steps).map((handler) => [handler.name, handler] as const), ['', undefined] as const])(
    'handler %s: shellcheck has nothing to say',
    (_, handler) => {
      expect(handler === undefined ? '' : lint(handler)).toBe('');
    },
  );
});
