import type { Alarms } from './alarms';

/** An instance that is watched. */
export interface Machine {
  /** Start of the alarms' names, unique among the alarms. */
  readonly id: string;
  readonly region: string;
  readonly instanceId: string;
  /** At the beginning of a sentence: `The node dev-server-1`. */
  readonly what: string;
  /** What does not work without it. */
  readonly consequence: string;
  /** Whether AWS moves it to other hardware when its own fails; it cannot for spot instances. */
  readonly recover: boolean;
  /** Whether AWS starts it again when its operating system does not answer. */
  readonly restart: boolean;
}

/**
 * Watches the two status checks of EC2: AWS's side (hardware, power, network), which recovery helps, and the instance's
 * own (operating system), which a restart may help. Recovery keeps id, addresses and volumes.
 *
 * An instance that is stopped or gone has no checks, so that their absence is an alarm; not where AWS stops it as a matter
 * of course (spot). Where AWS would restart it, it is one of its own, for a new instance has no checks either for its first
 * minutes, and must not be restarted in the middle of its first start.
 */
export function watchMachine(alarms: Alarms, machine: Machine): void {
  const { what, consequence, recover, restart } = machine;
  const missed = recover && !restart;
  const check = {
    namespace: 'AWS/EC2',
    dimensions: { InstanceId: machine.instanceId },
    statistic: 'Maximum',
    comparison: 'GreaterThanThreshold',
    threshold: 0,
  } as const;
  alarms.add(`${machine.id}-system`, {
    ...check,
    description: `${what} has failed hardware beneath it: ${consequence}. ${
      recover
        ? 'AWS moves it to other hardware now; if this alarm stands for ten minutes, stop and start it by hand.'
        : 'Stop and start it by hand, which moves it to other hardware.'
    }`,
    metric: 'StatusCheckFailed_System',
    periods: 2,
    ...(recover ? { remedy: action(alarms, machine.region, 'recover') } : {}),
  });
  alarms.add(`${machine.id}-instance`, {
    ...check,
    description: `${what} does not answer AWS's check${missed ? ', or is stopped or terminated' : ''}: ${consequence}. ${
      restart ? 'AWS restarts it now. ' : ''
    }${missed ? 'New for a few minutes? Then wait. ' : ''}Read its console ("Get system log"), look for a full disk or memory${restart ? '' : ', then reboot it'}.`,
    metric: 'StatusCheckFailed_Instance',
    periods: 3,
    ...(missed ? { missingData: 'breaching' } : {}),
    ...(restart ? { remedy: action(alarms, machine.region, 'reboot') } : {}),
  });
  if (recover && restart)
    alarms.add(`${machine.id}-absent`, {
      ...check,
      description: `${what} is stopped or terminated: ${consequence}. New for a few minutes? Then wait. Start it; if it is gone, deploy the environment.`,
      metric: 'StatusCheckFailed',
      // What is measured is never below: only what is missing counts.
      comparison: 'LessThanThreshold',
      missingData: 'breaching',
    });
}

function action(alarms: Alarms, region: string, what: 'recover' | 'reboot'): string {
  return `arn:${alarms.partition}:automate:${region}:ec2:${what}`;
}
