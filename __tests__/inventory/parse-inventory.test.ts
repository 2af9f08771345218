import fc from 'fast-check';
import { UserError } from '../../provisioner/errors';
import { parseInventory } from '../../provisioner/inventory/parse-inventory';
import { inventory, node } from './fixture';

const source = { environment: 'prod', where: 'inventory.json', refresh: 'Run `cdktf deploy prod`.' };

function refusal(found: unknown, environment = 'prod'): UserError {
  try {
    parseInventory(found, { ...source, environment });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseInventory', () => {
  it('accepts a right one', () => {
    expect(parseInventory(inventory(), source)).toEqual(inventory());
  });

  it('refuses an older schema version and says to deploy again, whatever else differs', () => {
    const error = refusal({ schemaVersion: 0, environment: 'prod', machines: [] });
    expect(error.what).toBe(
      'The inventory in inventory.json has schema version 0; this stagecraft reads version 1.',
    );
    expect(error.next).toContain('cdktf deploy prod');
  });

  it('refuses a newer schema version and says to update', () => {
    const error = refusal({ ...inventory(), schemaVersion: 2, more: true });
    expect(error.what).toContain('schema version 2');
    expect(error.next).toContain('Update this checkout');
    expect(error.next).not.toContain('cdktf deploy');
  });

  it("refuses another environment's inventory", () => {
    const error = refusal(inventory({ environment: 'dev' }));
    expect(error.what).toContain("belongs to environment 'dev', not to 'prod'");
    expect(error.next).toContain('--env dev');
    expect(error.exitCode).toBe(64);
  });

  it('refuses an empty list of nodes', () => {
    const error = refusal(inventory({ nodes: [] }));
    expect(error.what).toContain('has no nodes');
    expect(error.next).toContain('environments/prod.ts');
  });

  it('has one line for each wrong field, with path, value and what is allowed', () => {
    const wrong = {
      ...inventory({ accountId: '42' }),
      nodes: [
        { ...node(), arch: 'x86', privateIp: '10.0.0.300', labels: { ok: 1 } },
        { ...node(), instanceId: undefined, zone: '', colour: 'red' },
      ],
      secrets: { parameterPrefix: '/stagecraft/prod', k3sToken: 'token' },
    };
    expect(refusal(wrong).what.split('\n')).toEqual([
      'The inventory in inventory.json is not valid:',
      '  accountId: "42" is not allowed; allowed: twelve digits',
      '  nodes[0].privateIp: "10.0.0.300" is not allowed; allowed: an IPv4 address such as "10.0.1.15"',
      '  nodes[0].arch: "x86" is not allowed; allowed: one of "amd64", "arm64"',
      '  nodes[0].labels.ok: 1 is not allowed; allowed: text in quotes',
      '  nodes[1].instanceId: missing; give text in quotes',
      '  nodes[1].zone: "" is not allowed; allowed: text that is not empty',
      expect.stringContaining('  nodes[1].colour: unknown setting'),
      '  secrets.k3sToken: "token" is not allowed; allowed: text that starts with "/"',
    ]);
  });

  it('shortens long values and says what an inventory is not', () => {
    expect(refusal(inventory({ accountId: '9'.repeat(500) })).what.length).toBeLessThan(250);
    expect(refusal([]).what).toBe("The output 'inventory' in inventory.json is not an object: []");
    expect(refusal('x'.repeat(500)).what.length).toBeLessThan(200);
  });

  it.each([
    ['name', { name: 'prod-general-1', instanceId: 'i-0aaaaaaaaaaaaaaaa' }],
    ['instanceId', { name: 'prod-general-9', instanceId: 'i-0123456789abcdef0' }],
  ] as const)('refuses two nodes of the same %s', (field, change) => {
    expect(refusal(inventory({ nodes: [node(), node(change)] })).what).toContain(
      `nodes[1].${field}: '${change[field]}' is also that of nodes[0]`,
    );
  });

  it('answers any JSON with an inventory or a UserError', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('nodes', 'schemaVersion', 'environment', 'secrets'),
        (value, field) => {
          for (const found of [value, { ...inventory(), [field]: value }]) {
            try {
              parseInventory(found, source);
            } catch (error) {
              if (!(error instanceof UserError)) throw error;
            }
          }
        },
      ),
    );
  });
});
