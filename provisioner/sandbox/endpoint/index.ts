import { systemClock } from './clock';
import { createCommandCentre } from './command-centre';
import { listenOnLoopback } from './listener';
import { createServer } from './server';
import type { SettingsStore } from './settings';
import type { SsmEndpoint, SsmEndpointOptions } from './types';

export { type Clock, systemClock } from './clock';
export {
  type CredentialStore,
  createCredentialStore,
  type NodeCredentials,
  type Principal,
} from './credentials';
export { isTerminated } from './invocation';
export type { Listener } from './listener';
export {
  createParameterStore,
  fileParameterPersistence,
  type ParameterPersistence,
  type ParameterStore,
} from './parameter-store';
export {
  createSettingsStore,
  nodesNamedBy,
  type SandboxSettings,
  type SettingsStore,
  sandboxSettings,
} from './settings';
export type { AgentDirectory, CommandHistoryEntry, SsmEndpoint, SsmEndpointOptions } from './types';

/**
 * The stand-in for the SSM service: Run Command and Parameter Store in the service's own protocol, limits and error
 * codes, on loopback, with latency and faults that can be set while it runs.
 */
export function createSsmEndpoint(options: SsmEndpointOptions): SsmEndpoint {
  const { agents, settings, parameters, credentials, region, accountId } = options;
  const clock = options.clock ?? systemClock;
  const commands = createCommandCentre(settings, clock);
  const calls = new Map<string, number>();
  const handler = createServer({
    context: { agents, settings, parameters, region, accountId, clock, commands },
    credentials,
    throttle: createThrottle(settings, options.random ?? repeatableRandom()),
    onCall: (operation) => calls.set(operation, (calls.get(operation) ?? 0) + 1),
  });

  return {
    handler,
    listen: (port) => listenOnLoopback(handler, port),
    calls: () => Object.fromEntries(calls),
    history: () => commands.history(),
    async reset() {
      await commands.reset();
      calls.clear();
    },
    close: () => commands.reset(),
  };
}

function createThrottle(settings: SettingsStore, random: () => number): () => boolean {
  return () => {
    const { throttleNext, throttleRate } = settings.get();
    if (throttleNext > 0) {
      settings.set({ throttleNext: throttleNext - 1 });
      return true;
    }
    return throttleRate > 0 && random() < throttleRate;
  };
}

/** Mulberry32: the same sequence in every run, so that a run against a throttling sandbox can be repeated. */
function repeatableRandom(): () => number {
  let state = 0x5eed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
