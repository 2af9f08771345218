import { hostsOf } from '../../provisioner/inventory/hosts';
import { inventoryTable } from '../../provisioner/inventory/table';
import { inventory, node } from './fixture';

describe('hostsOf', () => {
  it('gives the engine name, address and groups of each node in order', () => {
    expect(hostsOf(inventory())).toEqual([
      { name: 'prod-server-1', id: 'i-0000000000000001a', groups: ['servers', 'server'] },
      { name: 'prod-general-1', id: 'i-0000000000000002a', groups: ['agents', 'general'] },
      { name: 'prod-database-1', id: 'i-0000000000000003a', groups: ['agents', 'big-database'] },
    ]);
  });

  it('names a group once', () => {
    expect(hostsOf(inventory({ nodes: [node({ groups: ['agents', 'x', 'x'] })] }))[0]?.groups).toEqual([
      'agents',
      'x',
    ]);
  });
});

describe('inventoryTable', () => {
  it('is one aligned line a node and a summary', () => {
    expect(inventoryTable(inventory(), 's3://state/prod')).toBe(
      [
        'NAME             ROLE    GROUPS               INSTANCE             PRIVATE IP  ZONE             ARCH   LABELS        TAINTS',
        'prod-server-1    server  servers,server       i-0000000000000001a  10.0.1.11   ap-northeast-2a  amd64  -             -',
        'prod-general-1   agent   agents,general       i-0000000000000002a  10.0.1.12   ap-northeast-2a  amd64  -             -',
        'prod-database-1  agent   agents,big-database  i-0000000000000003a  10.0.2.13   ap-northeast-2b  amd64  node-role=db  dedicated=db:NoSchedule',
        '',
        '3 nodes in prod (ap-northeast-2, account 123456789012), from s3://state/prod',
      ].join('\n'),
    );
  });
});
