import { z } from 'zod';
import { UserError } from '../../errors';

const nodeRef = z.string().min(1);
const milliseconds = z.number().int().min(0).max(600_000);

/** How a slow agent is slow. */
const slowness = z.strictObject({
  /** Milliseconds that pass before the agent picks a command up, on top of `latencyMs`. */
  delayMs: milliseconds.default(0),
  /** How many times longer than in truth a command seems to run. */
  factor: z.number().min(1).max(100).default(1),
});

/**
 * Latency and faults of the sandbox. Everything defaults to a healthy service. A node is meant by its name or its
 * instance id.
 */
export const sandboxSettings = z.strictObject({
  /** Milliseconds between SendCommand and the moment that an agent starts the command. */
  latencyMs: milliseconds.default(0),
  /** Milliseconds that every call of the API takes on top. */
  apiLatencyMs: milliseconds.default(0),
  /** Part of the calls, 0 to 1, that are answered with ThrottlingException. */
  throttleRate: z.number().min(0).max(1).default(0),
  /** So many of the next calls are throttled, whatever the rate; counts down. */
  throttleNext: z.number().int().min(0).default(0),
  /** For how many milliseconds after SendCommand a command can't be seen yet (eventual consistency). */
  consistencyMs: milliseconds.default(150),
  /** Agents whose connection the service knows to be lost: PingStatus ConnectionLost, SendCommand says InvalidInstanceId. */
  offline: z.array(nodeRef).default([]),
  /** Agents that were just lost: SendCommand is accepted, the invocation ends as Undeliverable. */
  undeliverable: z.array(nodeRef).default([]),
  /** Agents that never pick a command up: the invocation ends at once as DeliveryTimedOut, as if TimeoutSeconds had passed. */
  deliveryTimedOut: z.array(nodeRef).default([]),
  /** Commands on these nodes are killed right after their start as ExecutionTimedOut, as if executionTimeout had passed. */
  executionTimedOut: z.array(nodeRef).default([]),
  /** Nodes of which a command keeps no invocation: GetCommandInvocation says InvocationDoesNotExist for good. */
  dropped: z.array(nodeRef).default([]),
  /** Milliseconds that an agent takes, after a reboot of its node, to go on with the script that asked for it. */
  rebootMs: milliseconds.default(300),
  /** Nodes that do not come back from a reboot: their agents are away for good, until `up`. */
  lostOnReboot: z.array(nodeRef).default([]),
  /** Nodes that were terminated: SSM does not know them any more. */
  terminated: z.array(nodeRef).default([]),
  /** Spot nodes that AWS gives notice to: the metadata of each say that it is stopped in two minutes. They go on running. */
  spotNotice: z.array(nodeRef).default([]),
  /** Seconds by which the clocks of nodes are wrong, as the service sees it: what they sign is that much off. */
  clockSkew: z.record(nodeRef, z.number().int().min(-315_360_000).max(315_360_000)).default({}),
  /** Whether the archive of Ubuntu packages, which stands beside the artifact mirror, answers. */
  packageArchive: z.enum(['up', 'down']).default('up'),
  /** Slow agents. */
  slow: z.record(nodeRef, slowness).default({}),
  /** TimeoutSeconds and executionTimeout pass this many times faster than they say (30 s at 100 is 0.3 s). */
  timeoutSpeed: z.number().min(1).max(100_000).default(1),
  /** What is wrong with downloads from the artifact mirror; checksum files stay right except with `unavailable` (503). */
  mirrorFault: z.enum(['none', 'cut', 'tampered', 'unavailable']).default('none'),
  /** What is wrong with ElastiCache: the role may not call it, or only not change the user, or every call is one too many. */
  cacheFault: z.enum(['none', 'denied', 'denied-change', 'throttled']).default('none'),
  /**
   * What is wrong between the operator and the service; nodes are not concerned. `silent`: no call is answered, or has an
   * effect, as if the operator's network were gone. `expired`: the operator's credentials have expired.
   */
  operatorFault: z.enum(['none', 'silent', 'expired']).default('none'),
});

export type SandboxSettings = z.infer<typeof sandboxSettings>;

/** The settings that are in force, changeable while the sandbox runs. */
export interface SettingsStore {
  get(): SandboxSettings;
  /**
   * Changes the settings that are named and keeps the others.
   *
   * @throws UserError with one line a mistake; then nothing has changed
   */
  set(patch: unknown): SandboxSettings;
  /** Back to a healthy service without latency. */
  reset(): SandboxSettings;
}

export function createSettingsStore(initial: unknown = {}): SettingsStore {
  let current = parse(initial);
  return {
    get: () => current,
    set(patch) {
      current = parse({ ...current, ...asObject(patch) });
      return current;
    },
    reset() {
      current = parse({});
      return current;
    },
  };
}

/** The nodes that settings speak of. What is no setting names none: `set` refuses it. */
export function nodesNamedBy(patch: unknown): readonly string[] {
  const settings = sandboxSettings.partial().safeParse(patch).data ?? {};
  const { offline, undeliverable, deliveryTimedOut, executionTimedOut, dropped } = settings;
  const { lostOnReboot, terminated, spotNotice, clockSkew = {}, slow = {} } = settings;
  const lists = [
    offline,
    undeliverable,
    deliveryTimedOut,
    executionTimedOut,
    dropped,
    lostOnReboot,
    terminated,
    spotNotice,
  ];
  return [...lists.flatMap((nodes) => nodes ?? []), ...Object.keys(clockSkew), ...Object.keys(slow)];
}

function asObject(patch: unknown): object {
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) return patch;
  throw new UserError('sandbox settings: an object of settings was expected');
}

function parse(value: unknown): SandboxSettings {
  const parsed = sandboxSettings.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(settings)'}: ${issue.message}`,
  );
  throw new UserError(
    `sandbox settings are not valid:\n${mistakes.join('\n')}`,
    `Settings: ${Object.keys(sandboxSettings.shape).join(', ')}.`,
  );
}
