import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { synthesizedStacks } from './synthesized-stacks';

const checkov = process.env.STAGECRAFT_CHECKOV;
if (checkov === undefined) console.warn('skipped: STAGECRAFT_CHECKOV names no checkov');
const maybe = checkov === undefined ? it.skip : it;
const stacks = ['bootstrap', 'dev', 'prod'] as const;

describe('checkov', () => {
  let folder: string;
  beforeAll(() => {
    folder = synthesizedStacks();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  maybe(
    'finds nothing in the stacks but what is accepted at the resource, with a reason',
    () => {
      const found = stacks.flatMap((stack) =>
        findings(stack).map(({ check_id, resource }) => `${stack} ${idOf(resource)} ${check_id}`),
      );
      const accepted = stacks.flatMap(acceptedIn);
      expect(accepted.filter(({ reason }) => reason.length < 15)).toEqual([]);
      expect(accepted.length).toBeGreaterThan(50);
      // Both ways: what is accepted and no longer found is stale.
      expect([...new Set(found)].sort()).toEqual(accepted.map(({ finding }) => finding).sort());
    },
    300_000,
  );

  /** Without the block `terraform`, which checkov's reader of JSON does not understand. */
  function findings(stack: string) {
    const { terraform, ...rest } = JSON.parse(synthesized(stack));
    const input = join(folder, 'checkov', stack);
    mkdirSync(input, { recursive: true });
    writeFileSync(join(input, 'main.tf.json'), JSON.stringify(rest, null, 2));
    const args = [
      '--directory',
      input,
      '--framework',
      'terraform_json',
      '--compact',
      '--quiet',
      '--skip-download',
    ];
    const result = spawnSync(checkov ?? '', [...args, '--output', 'json'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const report = reportSchema.parse(JSON.parse(result.stdout));
    expect(report.summary).toMatchObject({ parsing_errors: 0 });
    expect(report.summary.passed).toBeGreaterThan(5);
    return report.results.failed_checks;
  }

  function acceptedIn(stack: string): readonly { readonly finding: string; readonly reason: string }[] {
    const { resource }: { readonly resource: Resources } = JSON.parse(synthesized(stack));
    return Object.values(resource).flatMap((byId) =>
      Object.entries(byId).flatMap(([id, { '//': annotation }]) =>
        Object.entries(annotation.accepted ?? {}).map(([check, reason]) => ({
          finding: `${stack} ${id} ${check}`,
          reason,
        })),
      ),
    );
  }

  function synthesized(stack: string): string {
    return readFileSync(join(folder, 'stacks', stack, 'cdk.tf.json'), 'utf8');
  }
});

const reportSchema = z.object({
  summary: z.object({ passed: z.number(), parsing_errors: z.number() }),
  results: z.object({ failed_checks: z.array(z.object({ check_id: z.string(), resource: z.string() })) }),
});

type Resources = Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly '//': { readonly accepted?: Readonly<Record<string, string>> } }>>
  >
>;

/** checkov writes `aws_s3_bucket.id` or `resource.id`. */
function idOf(resource: string): string {
  return resource.slice(resource.indexOf('.') + 1);
}
