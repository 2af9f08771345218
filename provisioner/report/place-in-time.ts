/** When a node's results of one batch were heard of, and how long each task took. */
export interface Heard {
  readonly heard: number;
  readonly milliseconds: number;
}

/**
 * When tasks started, in the order in which they ran on one node. A task ended when its result was heard of, or earlier:
 * before the next one started. So results that come all at once line up before that moment, and streamed ones stay where
 * they were heard. None starts before its batch did; where rounding would make it so, the tasks share the time there is.
 */
export function placeInTime(results: readonly Heard[], batchStart: number): number[] {
  const starts: number[] = new Array(results.length);
  let next = Number.POSITIVE_INFINITY;
  for (let index = results.length - 1; index >= 0; index -= 1) {
    const { heard, milliseconds } = results[index] ?? { heard: 0, milliseconds: 0 };
    next = Math.min(heard, next) - milliseconds;
    starts[index] = next;
  }
  const first = starts[0] ?? batchStart;
  return first >= batchStart ? starts : fromTheStart(results, batchStart);
}

function fromTheStart(results: readonly Heard[], batchStart: number): number[] {
  let at = batchStart;
  return results.map(({ milliseconds }) => {
    const start = at;
    at += milliseconds;
    return start;
  });
}
