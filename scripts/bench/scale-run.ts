/**
 * A run of the whole site that changes nothing, over the simulated endpoint, with all that `provision` shows and writes.
 * Its last line is a JSON object.
 *
 *     node scripts/bench/start.cjs scripts/bench/scale-run.ts NODES ENDPOINT
 */

import { chooseListeners, endAll, tellAll } from '../../provisioner/cli/output';
import type { EventBody } from '../../provisioner/engine/events';
import { systemFacts } from '../../provisioner/engine/facts';
import { selectHosts } from '../../provisioner/engine/pattern';
import { run } from '../../provisioner/engine/run';
import { hostsOf } from '../../provisioner/inventory/hosts';
import { type RoleContext, roleContext } from '../../provisioner/roles/context';
import { site } from '../../provisioner/site';
import { systemClock } from '../../provisioner/transports/clock';
import { SsmTransport } from '../../provisioner/transports/ssm';
import { countingSsmClient } from '../../provisioner/transports/ssm-client';
import type { ScaleFigures } from './scale';
import { fleetOf, KEYS, REGION } from './scale-fleet';

/** Of the form of every run's. */
const RUN_ID = '20260101T000000-0000';

async function main(): Promise<void> {
  const [, , count = '', endpoint = ''] = process.argv;
  const { environment, inventory } = fleetOf(Number(count));
  const { client, calls } = countingSsmClient({ region: REGION, endpoint, credentials: KEYS });
  const hosts = hostsOf(inventory);
  const plays: string[] = [];
  let commands = 0;
  const listeners = await chooseListeners({ output: 'text' }, RUN_ID);
  const tell = tellAll(listeners, () => new Date());
  const started = performance.now();
  const { recap } = await run<RoleContext>({
    environment: inventory.environment,
    runId: RUN_ID,
    plays: site({ secrets: { exists: async () => true, create: async () => {} } }),
    context: roleContext(environment, inventory),
    hostsOf: ({ hosts: pattern }) => selectHosts(hosts, pattern),
    transport: new SsmTransport(client, calls, systemClock),
    mode: 'apply',
    tags: [],
    skipTags: [],
    forks: 500,
    timeoutSeconds: 3600,
    factSources: [systemFacts],
    refuse: () => undefined,
    emit: (event: EventBody) => {
      if (event.type === 'play-started') plays.push(event.play);
      if (event.type === 'run-finished') commands = event.commands;
      tell(event);
    },
    signal: new AbortController().signal,
    now: Date.now,
    origin: { user: 'bench', host: 'bench', command: 'bench', started: new Date().toISOString() },
  });
  await endAll(listeners);
  const seconds = (performance.now() - started) / 1000;
  const bad = [...recap].filter(([, { ok, failed, unreachable }]) => ok === 0 || failed + unreachable > 0);
  if (bad.length > 0) throw new Error(`${bad.length} nodes did not come through: ${bad[0]?.[0]}`);
  const figures: ScaleFigures = {
    nodes: hosts.length,
    plays: plays.length,
    commands,
    apiCalls: calls.apiCalls,
    throttles: calls.throttles,
    seconds: Number(seconds.toFixed(1)),
    // Kilobytes on Linux (getrusage(2)).
    memoryMib: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

void main();
