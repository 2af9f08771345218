import { randomUUID } from 'node:crypto';
import { type LeaseRecord, type LeaseRequest, recordOf } from '../../provisioner/lease/record';

/** What a run asks for a lease with. */
export function request(user = 'anna', more: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    id: randomUUID(),
    runId: `run-of-${user}`,
    origin: { user, host: 'laptop', command: 'provision --env prod', started: '2026-01-01T00:00:00Z' },
    seconds: 120,
    ...more,
  };
}

export function record(user = 'anna', more: Partial<LeaseRecord> = {}): LeaseRecord {
  return { ...recordOf(request(user), 0, 'its start', Date.parse('2026-01-01T00:00:00Z')), ...more };
}
