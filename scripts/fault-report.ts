import { basename } from 'node:path';
import { z } from 'zod';

/** What came of one round of tests. */
export interface Round {
  readonly passed: number;
  readonly skipped: number;
  /** What failed, by name; empty when all is well. */
  readonly failed: readonly string[];
}

// As jest writes it (`--json`).
const reportSchema = z.object({
  numPassedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

type File = z.infer<typeof reportSchema>['testResults'][number];

/**
 * Reads jest's report.
 *
 * @param report undefined: there is none
 * @param status jest's exit code
 */
export function roundOf(report: string | undefined, status: number | null): Round {
  if (report === undefined) return { passed: 0, skipped: 0, failed: [`jest itself, exit code ${status}`] };
  const { numPassedTests, numPendingTests, testResults } = reportSchema.parse(JSON.parse(report));
  const named = testResults.flatMap(failuresIn);
  // An exit code without a test that failed: none that ran, or something around them.
  const others = numPassedTests === 0 ? ['no test ran'] : status === 0 ? [] : [`jest, exit code ${status}`];
  return {
    passed: numPassedTests,
    skipped: numPendingTests,
    failed: named.length > 0 ? named : others,
  };
}

function failuresIn({ name, status, assertionResults }: File): string[] {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length > 0) return failed.map(({ fullName }) => `${basename(name)}: ${fullName}`);
  return status === 'failed' ? [`${basename(name)} could not be loaded`] : [];
}

/** `12 passed, 3 skipped, in 81 s`. */
export function tallyOf({ passed, skipped }: Omit<Round, 'failed'>, milliseconds: number): string {
  const also = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${passed} passed${also}, in ${Math.round(milliseconds / 1000)} s`;
}
