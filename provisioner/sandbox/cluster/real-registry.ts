import type { ApiClient, ApiResponse } from './api-client';
import type { Member, NodeRegistry } from './members';
import { nodeObject, nodeStatus, ownLabels, readyCondition } from './node-object';
import { isRecord } from './simulated-registry';

const NODES = '/api/v1/nodes';

/** Shows nodes as Node objects of a real API, as a kubelet and the node controller would. */
export async function realRegistry(client: ApiClient): Promise<NodeRegistry> {
  const setUnknown = (name: string) =>
    client.call('PATCH', `${NODES}/${name}/status`, {
      status: { conditions: [readyCondition('Unknown', new Date())] },
    });
  // Nothing runs when the daemon starts.
  for (const name of namesOf(await client.call('GET', NODES))) await setUnknown(name);
  return {
    async ready(member: Member) {
      const created = await client.call('POST', NODES, nodeObject(member));
      if (created.status !== 409) expectSuccess(created, `registering node ${member.name}`);
      else
        expectSuccess(
          await client.call('PATCH', `${NODES}/${member.name}`, { metadata: { labels: ownLabels(member) } }),
          `updating node ${member.name}`,
        );
      // The API taints a new node as not ready; it would be the node controller that takes the taint away.
      if (created.status === 201) {
        const taints = member.taints.length === 0 ? null : member.taints;
        expectSuccess(
          await client.call('PATCH', `${NODES}/${member.name}`, { spec: { taints } }),
          `tainting node ${member.name}`,
        );
      }
      const status = nodeStatus(member, new Date());
      expectSuccess(
        await client.call('PATCH', `${NODES}/${member.name}/status`, { status }),
        `the status of node ${member.name}`,
      );
    },
    async notReady(name) {
      await setUnknown(name);
    },
    async names() {
      return namesOf(await client.call('GET', NODES));
    },
  };
}

function expectSuccess({ status, body }: ApiResponse, what: string): void {
  if (status >= 200 && status < 300) return;
  const message = isRecord(body) && typeof body.message === 'string' ? body.message : `status ${status}`;
  throw new Error(`${what} failed: ${message}`);
}

function namesOf({ body }: ApiResponse): string[] {
  const items = isRecord(body) && Array.isArray(body.items) ? body.items : [];
  return items.flatMap((item: unknown) => {
    const metadata = isRecord(item) ? item.metadata : undefined;
    return isRecord(metadata) && typeof metadata.name === 'string' ? [metadata.name] : [];
  });
}
