import { factTable } from '../../provisioner/cli/fact-table';
import { chooseFacts } from '../../provisioner/cli/run-facts';
import { UserError } from '../../provisioner/errors';

const facts = new Map([
  ['web-1', { kernel: '6.8', os_id: 'ubuntu', hostname: 'a' }],
  ['web-2', { kernel: '6.8', os_id: 'ubuntu', hostname: 'b\u001b[31m' }],
  ['db-1', { kernel: '6.5', os_id: 'ubuntu' }],
]);

describe('the table of facts', () => {
  test('has a line a value, with the nodes that have it', () => {
    expect(factTable(facts, new Map([['db-2', 'its SSM agent is ConnectionLost']]))).toBe(
      [
        'FACT      VALUE   NODES',
        'hostname  a       web-1',
        '          b       web-2',
        'kernel    6.8     web-[1-2]',
        '          6.5     db-1',
        'os_id     ubuntu  all 3',
        '',
        'unreachable: db-2: its SSM agent is ConnectionLost',
      ].join('\n'),
    );
  });

  test('has a line for a node that keeps silent, whatever the reason quotes', () => {
    expect(factTable(new Map(), new Map([['a', '\u001b[2Jgone\nunreachable: b: gone']]))).toBe(
      'unreachable: a: gone unreachable: b: gone',
    );
  });

  test('of nodes that all keep silent says so', () => {
    expect(factTable(new Map(), new Map([['a', 'gone']]))).toBe('unreachable: a: gone');
  });
});

describe('the filter', () => {
  test('knows wildcards', () => {
    expect([...chooseFacts(facts, ['os_*', 'kernel']).values()][2]).toEqual({
      kernel: '6.5',
      os_id: 'ubuntu',
    });
  });

  test('a name that no node has is refused, with the nearest', () => {
    expect(() => chooseFacts(facts, ['kernal'])).toThrow(UserError);
    expect(() => chooseFacts(facts, ['kernal'])).toThrow("Did you mean 'kernel'?");
  });

  test('is no mistake where no node answered', () => {
    expect(chooseFacts(new Map(), ['kernel']).size).toBe(0);
  });
});
