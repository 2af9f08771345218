import fc from 'fast-check';
import { UserError } from '../../provisioner/errors';
import { acquire } from '../../provisioner/lease/contender';
import { HeldLease } from '../../provisioner/lease/held-lease';
import { request } from './records';
import { type Course, Machine, SharedLease, type Sleep, World } from './simulation';

/** A run that wants the lease, as it might go. Seconds. */
interface Contender {
  readonly start: number;
  readonly wait: number;
  readonly work: number;
  /** How wrong the wall clock of its machine is. */
  readonly skew: number;
  readonly sleeps: readonly { readonly after: number; readonly length: number }[];
  /** When its process is killed, if it is. */
  readonly killedAfter: number | undefined;
  /** How its requests fare, in turn. */
  readonly courses: readonly Course[];
}

const course: fc.Arbitrary<Course> = fc.record({
  there: fc.integer({ min: 1, max: 3_000 }),
  back: fc.integer({ min: 1, max: 3_000 }),
  fault: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom('lost there' as const, 'lost back' as const) },
    { weight: 1, arbitrary: fc.constant('twice' as const) },
  ),
  later: fc.integer({ min: 1, max: 400_000 }),
});

const contender: fc.Arbitrary<Contender> = fc.record({
  start: fc.integer({ min: 0, max: 400 }),
  wait: fc.constantFrom(0, 10, 300, 2_000),
  work: fc.integer({ min: 1, max: 600 }),
  skew: fc.integer({ min: -3_600, max: 3_600 }),
  sleeps: fc.array(
    fc.record({ after: fc.integer({ min: 1, max: 300 }), length: fc.integer({ min: 1, max: 600 }) }),
    { maxLength: 2 },
  ),
  killedAfter: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
  courses: fc.array(course, { minLength: 1, maxLength: 12 }),
});

/** Who held the lease, and for how long, when everybody has had a try. */
async function play(contenders: readonly Contender[]) {
  const world = new World();
  const shared = new SharedLease(world);
  const held: { readonly name: string; readonly machine: Machine; readonly lease: HeldLease }[] = [];
  const told: string[] = [];
  const refused: string[] = [];
  const had: string[] = [];
  const most = { holders: 0 };
  for (const [index, one] of contenders.entries()) {
    const name = `user-${index}`;
    const machine = new Machine(world, one.skew * 1000, sleepsOf(one));
    const store = shared.over(machine, courses(one.courses));
    const run = async () => {
      const own = request(name);
      const common = { store, request: own, clock: machine.clock, note: (text: string) => told.push(text) };
      const { signal } = new AbortController();
      const acquired = await acquire({
        ...common,
        environment: 'prod',
        waitSeconds: one.wait,
        signal,
        isDead: () => false,
      });
      if (acquired === undefined) return;
      const lease = new HeldLease({ ...common, onLost: () => {} }, acquired);
      held.push({ name, machine, lease });
      had.push(name);
      await machine.clock.sleep(one.work * 1000);
      await lease.release();
      held.splice(
        held.findIndex((other) => other.lease === lease),
        1,
      );
    };
    machine.wakeAt(one.start * 1000, () => {
      run().catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
        refused.push(error instanceof UserError ? `${name}: ${error.what}` : name);
      });
    });
  }
  await world.run(3_600_000, () => {
    const sure = held.filter(({ machine, lease }) => machine.isAwake && lease.isSure);
    most.holders = Math.max(most.holders, sure.length);
    if (sure.length > 1)
      throw new Error(`two holders at ${world.now}: ${sure.map(({ name }) => name).join(', ')}`);
  });
  return { most: most.holders, refused, had, told };
}

function sleepsOf({ start, sleeps, killedAfter }: Contender): Sleep[] {
  let from = start * 1000;
  const slept = sleeps.map(({ after, length }) => {
    const begin = from + after * 1000;
    from = begin + length * 1000;
    return { from: begin, to: from };
  });
  if (killedAfter === undefined) return slept;
  const killed = (start + killedAfter) * 1000;
  return [
    ...slept.filter(({ from }) => from < killed).map(({ from, to }) => ({ from, to: Math.min(to, killed) })),
    { from: killed, to: Number.POSITIVE_INFINITY },
  ];
}

function courses(given: readonly Course[]): () => Course {
  let next = 0;
  return () => given[next++ % given.length] ?? { there: 1, back: 1 };
}

const healthy: Contender = {
  start: 0,
  wait: 0,
  work: 60,
  skew: 0,
  sleeps: [],
  killedAfter: undefined,
  courses: [{ there: 20, back: 20 }],
};

test('there are never two who may be sure to hold it: whatever the network loses, delays and repeats, however wrong clocks are, whoever sleeps or is killed', async () => {
  let withHolder = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(contender, { minLength: 2, maxLength: 4 }), async (contenders) => {
      if ((await play(contenders)).most === 1) withHolder += 1;
    }),
    { numRuns: 600 },
  );
  // A store that let nobody in would pass as well.
  expect(withHolder).toBeGreaterThan(300);
}, 120_000);

test('who waits gets it in turn', async () => {
  const { had, refused } = await play([
    healthy,
    { ...healthy, start: 10, wait: 600 },
    { ...healthy, start: 20, wait: 600, skew: 1_800 },
  ]);
  expect([...had].sort()).toEqual(['user-0', 'user-1', 'user-2']);
  expect(refused).toEqual([]);
});

test('who does not wait is told who holds it, even when its clock is an hour ahead of theirs', async () => {
  const { had, refused } = await play([
    { ...healthy, work: 500 },
    { ...healthy, start: 100, skew: 3_600 },
  ]);
  expect(had).toEqual(['user-0']);
  expect(refused).toEqual([
    expect.stringMatching(/^user-1: prod is locked: user-0 on laptop \(run run-of-user-0\) is at work since/),
  ]);
});

test('the lease of a run that was killed ends by itself, without --wait once it is overdue', async () => {
  const killed = { ...healthy, work: 1_000, killedAfter: 50 };
  const early = await play([killed, { ...healthy, start: 60 }]);
  expect(early).toMatchObject({ had: ['user-0'], refused: [expect.stringContaining('is locked')] });
  const late = await play([killed, { ...healthy, start: 400 }]);
  expect(late).toMatchObject({ had: ['user-0', 'user-1'], refused: [] });
  expect(late.told).toEqual([
    expect.stringContaining('making sure for 120 s that its run is gone'),
    expect.stringContaining('took over the lease of user-0 on laptop'),
  ]);
});

test('a run outlives renewals that fail for a while, and tells of each', async () => {
  const lossy: Course[] = [
    { there: 20, back: 20 },
    { there: 20, back: 20, fault: 'lost there' },
    { there: 20, back: 20, fault: 'lost back' },
    ...Array.from({ length: 9 }, () => ({ there: 20, back: 20 })),
  ];
  const { had, told } = await play([{ ...healthy, work: 110, courses: lossy }]);
  expect(had).toEqual(['user-0']);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('the lease could not be renewed (no answer); trying again, it holds until');
});
