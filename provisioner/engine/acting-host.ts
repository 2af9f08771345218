import { Fleet } from './fleet';
import { gatherFacts } from './gather-facts';
import { PatternError, selectHosts } from './pattern';
import type { Host } from './play';
import type { RunOptions } from './run-options';

/**
 * The host that acts for a node while that is out of service: of the pattern, and not the node itself where there is
 * another. Hosts of the run come first; one that the run leaves out has to be reachable and of this environment.
 *
 * @returns why there is none, in words
 */
export async function actingHost<Context>(
  options: RunOptions<Context>,
  fleet: Fleet,
  node: Host,
  pattern: string,
): Promise<Host | string> {
  const candidates = candidatesOf(options, fleet, pattern);
  const others = candidates.filter(({ name }) => name !== node.name);
  const inRun = fleet.remaining(others.filter((host) => fleet.knows(host)));
  if (inRun[0] !== undefined) return inRun[0];
  const problems: string[] = [];
  for (const host of others.filter((other) => !fleet.knows(other))) {
    const problem = await unfit(options, host);
    if (problem === undefined) return host;
    problems.push(`${host.name}: ${problem}`);
  }
  if (candidates.some(({ name }) => name === node.name)) return node;
  const why =
    problems.length === 0 ? 'all of them failed in this run, or there is none' : problems.join('; ');
  return `no host of "${pattern}" can act for it (${why})`;
}

function candidatesOf<Context>(
  { everyHost, plays, hostsOf }: RunOptions<Context>,
  fleet: Fleet,
  pattern: string,
): Host[] {
  const inRun = plays.flatMap((play) => hostsOf(play)).filter((host) => fleet.knows(host));
  const all = [...new Map([...inRun, ...(everyHost ?? [])].map((host) => [host.name, host])).values()];
  try {
    return selectHosts(all, pattern);
  } catch (error) {
    if (error instanceof PatternError) return [];
    throw error;
  }
}

/** What speaks against a host that the run has not looked at yet. */
async function unfit<Context>(options: RunOptions<Context>, host: Host): Promise<string | undefined> {
  const state = (await options.transport.reachable([host], options.signal)).get(host.name);
  if (state?.online !== true) return state?.reason ?? 'the transport does not know it';
  let problem: string | undefined;
  const listen: RunOptions<Context>['emit'] = (event) => {
    if (event.type === 'node-unreachable' || event.type === 'node-cancelled') problem = event.reason;
  };
  const refused = await gatherFacts(
    { ...options, emit: listen, warn: () => [], refuseAll: () => [] },
    [host],
    new Fleet([host]),
  );
  return refused?.reason ?? problem;
}
