import type { Member, NodeRegistry } from './members';
import { nodeObject, nodeStatus, ownLabels, readyCondition } from './node-object';
import type { KubeObject, ObjectStore } from './objects';
import { resourceOfKind } from './resources';

export const NODES = resourceOfKind('Node', 'v1');

/** Shows nodes as objects of the simulated cluster. @param changed called when a node came or went */
export function simulatedRegistry(store: ObjectStore, changed: () => void = () => {}): NodeRegistry {
  const find = (name: string) => store.get(NODES, '', name);
  const setReady = (node: KubeObject, status: 'True' | 'Unknown') => {
    const before = isRecord(node.status) ? node.status : {};
    store.put({ ...node, status: { ...before, conditions: [readyCondition(status, new Date())] } });
  };
  // Nothing runs when the daemon starts: what was Ready is not, until its process says so.
  for (const node of store.list(NODES)) setReady(node, 'Unknown');
  return {
    async ready(member: Member) {
      const known = find(member.name);
      const node = known ?? nodeObject(member);
      store.put({
        ...node,
        metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...ownLabels(member) } },
        status: nodeStatus(member, new Date()),
      });
      changed();
    },
    async notReady(name) {
      const node = find(name);
      if (node !== undefined) setReady(node, 'Unknown');
      changed();
    },
    async names() {
      return store.list(NODES).map(({ metadata }) => metadata.name);
    },
  };
}

export function isReady(node: KubeObject): boolean {
  const conditions = isRecord(node.status) ? node.status.conditions : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (condition) => isRecord(condition) && condition.type === 'Ready' && condition.status === 'True',
    )
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
