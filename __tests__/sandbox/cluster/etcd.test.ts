import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../../provisioner/sandbox/cluster/digest';
import { simulatedEtcd } from '../../../provisioner/sandbox/cluster/etcd';
import { createObjectStore, parseObject } from '../../../provisioner/sandbox/cluster/objects';
import { resourceOfKind } from '../../../provisioner/sandbox/cluster/resources';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-etcd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const namespaces = resourceOfKind('Namespace', 'v1');
const namespace = (name: string) => parseObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
let number = 0;
const fresh = () => {
  number += 1;
  const store = createObjectStore(join(folder, `${number}.json`));
  store.setTokenDigest(digestOf('the token'));
  store.setEtcdMembers(['a', 'b', 'c']);
  return { store, etcd: simulatedEtcd(store, join(folder, `${number}.id`)) };
};

test('a snapshot brings back what was there, and a cluster of one member', () => {
  const { store, etcd } = fresh();
  store.put(namespace('before'));
  const snapshot = etcd.snapshot();
  store.put(namespace('after'));
  const id = etcd.clusterId;
  etcd.reset('a', snapshot, 'K10abc::server:the token');
  const names = store.list(namespaces).map(({ metadata }) => metadata.name);
  expect(names).toContain('before');
  expect(names).not.toContain('after');
  expect(store.etcdMembers()).toEqual(['a']);
  expect(etcd.clusterId).not.toBe(id);
});

test('without a snapshot only the members are forgotten', () => {
  const { store, etcd } = fresh();
  store.put(namespace('kept'));
  etcd.reset('b', undefined, 'the token');
  expect(store.get(namespaces, '', 'kept')).toBeDefined();
  expect(store.etcdMembers()).toEqual(['b']);
});

test('another token than the one in it, and what is no snapshot, are refused', () => {
  const { store, etcd } = fresh();
  const snapshot = etcd.snapshot();
  expect(() => etcd.reset('a', snapshot, 'another')).toThrow('encrypted with different token');
  for (const text of ['', '{}', 'PK\u0003\u0004'])
    expect(() => etcd.reset('a', text, 'the token')).toThrow('snapshot');
  expect(store.etcdMembers()).toEqual(['a', 'b', 'c']);
});

test('the cluster’s id outlives the process', () => {
  const { store, etcd } = fresh();
  expect(simulatedEtcd(store, join(folder, `${number}.id`)).clusterId).toBe(etcd.clusterId);
});
