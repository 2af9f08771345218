/**
 * The sandbox's SSM endpoint with agents that are not there, at a latency like the service's, in a process of its own so
 * that the controller's memory is the controller's alone. Says its address in a line and ends with its standard input.
 *
 *     node scripts/bench/start.cjs scripts/bench/scale-endpoint.ts NODES
 */
import {
  createCredentialStore,
  createParameterStore,
  createSettingsStore,
  createSsmEndpoint,
} from '../../provisioner/sandbox/endpoint';
import { fleetOf, KEYS, REGION } from './scale-fleet';
import { simulatedAgent } from './simulated-agents';

/** Milliseconds, and the part of the calls that is throttled: of the order of what the service shows. */
const SERVICE = { apiLatencyMs: 40, latencyMs: 400, throttleRate: 0.02, scriptMs: 1_500 };

async function main(): Promise<void> {
  const { inventory } = fleetOf(Number(process.argv[2]));
  const agents = inventory.nodes.map((node) => simulatedAgent(node, SERVICE.scriptMs));
  const credentials = createCredentialStore();
  credentials.addOperator(KEYS.accessKeyId, KEYS.secretAccessKey);
  const { scriptMs: _, ...settings } = SERVICE;
  const endpoint = createSsmEndpoint({
    region: REGION,
    accountId: inventory.accountId,
    agents: { all: () => agents, tagsOf: () => ({}) },
    credentials,
    parameters: createParameterStore(),
    settings: createSettingsStore(settings),
  });
  const listener = await endpoint.listen();
  process.stdout.write(`${listener.url}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
}

void main();
