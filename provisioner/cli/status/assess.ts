import { DISRUPTED } from '../../engine/facts';
import { lastRunOf } from '../../engine/last-run';
import type { Evidence } from './evidence';
import {
  certificates,
  drift,
  k3s,
  lastRun,
  lock,
  membership,
  outOfService,
  reachability,
  system,
} from './findings';
import { type Level, type NodeStatus, type Status, worst } from './status';

/** What the evidence says: the findings with the worst first. */
export function assess(evidence: Evidence): Status {
  const nodes = Object.fromEntries(evidence.hosts.map(({ name }) => [name, nodeStatus(evidence, name)]));
  const findings = [
    reachability(evidence, nodes),
    ...outOfService(evidence, nodes),
    lastRun(evidence, nodes),
    ...(evidence.driftWanted ? [drift(evidence, nodes)] : []),
    ...k3s(evidence, nodes),
    ...certificates(evidence, nodes),
    ...membership(evidence),
    ...system(evidence, nodes),
    lock(evidence),
  ].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  return {
    environment: evidence.environment.name,
    time: evidence.now.toISOString(),
    level: worst(findings.map(({ level }) => level)),
    findings,
    nodes,
    lease: evidence.lease,
    ...(evidence.simulated === undefined ? {} : { simulated: evidence.simulated }),
  };
}

/** The fact of a handler that waits on the node; see `systemFacts`. */
const DUE = 'pending_handler_';

const order: readonly Level[] = ['bad', 'attention', 'ok'];

function nodeStatus({ observation, driftChecked }: Evidence, name: string): NodeStatus {
  const facts = observation.facts.get(name);
  if (facts === undefined) {
    const reason = observation.unreachable.get(name) ?? 'it was not asked: the look was broken off';
    return { reachable: false, reason, rebootRequired: false };
  }
  const last = lastRunOf(new Map(Object.entries(facts)));
  const wouldChange = observation.tasks
    .filter(({ node, status, handler }) => node === name && status === 'changed' && !handler)
    .map(({ role, task }) => `${role} : ${task}`);
  // Left by a run that broke off between a change and its handler.
  const due = Object.keys(facts)
    .filter((key) => key.startsWith(DUE))
    .map((key) => `handler : ${key.slice(DUE.length)}`);
  return {
    reachable: true,
    rebootRequired: facts.reboot_required === 'yes',
    ...(facts.os_pretty_name === undefined ? {} : { os: facts.os_pretty_name }),
    ...(facts.kernel === undefined ? {} : { kernel: facts.kernel }),
    ...(facts.k3s_version === undefined ? {} : { k3s: facts.k3s_version }),
    ...(facts.k3s_certificate_expires === undefined
      ? {}
      : { certificateExpires: facts.k3s_certificate_expires }),
    ...(facts[DISRUPTED] === undefined ? {} : { outOfService: facts[DISRUPTED] }),
    ...(last === undefined ? {} : { lastRun: last }),
    ...(driftChecked && !observation.unreachable.has(name) ? { drift: [...wouldChange, ...due] } : {}),
  };
}
