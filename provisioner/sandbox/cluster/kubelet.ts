/** The port of every node's kubelet on loopback, as far as it is asked: whether it is healthy. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Members } from './members';

/** What the user agent of a node's `curl` begins with; the node's name follows. */
export const KUBELET_OF = 'curl/stagecraft-sandbox ';

/** Answers for the node that asks; where no K3s runs, it breaks the connection off. Returns false for any other request. */
export function answerAsKubelet(
  request: IncomingMessage,
  response: ServerResponse,
  members: Pick<Members, 'runsOn'>,
): boolean {
  if (request.url !== '/healthz') return false;
  const agent = request.headers['user-agent'] ?? '';
  if (agent.startsWith(KUBELET_OF) && members.runsOn(agent.slice(KUBELET_OF.length)))
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok');
  else request.socket.destroy();
  return true;
}
