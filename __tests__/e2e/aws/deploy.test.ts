import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checkout } from './checkout';
import { Emulator } from './emulator';
import { falseChangesOf } from './false-changes';
import { planOf } from './plan';
import { awsTools } from './tools';

const tools = awsTools();
if (typeof tools === 'string') console.warn(`skipped: the stacks with the real terraform: ${tools}`);
const maybe = typeof tools === 'string' ? describe.skip : describe;

const full = readFileSync(join(__dirname, 'full.ts'), 'utf8').replace(
  '../../../environments/schema',
  './schema',
);

/** Each step stands on those before it. The provider itself waits: for queues and buckets it does so for minutes. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

maybe('the whole infrastructure, with the real terraform and the real provider', () => {
  if (typeof tools === 'string') return;
  const { python, terraform } = tools;
  let aws: Emulator;
  let ours: Checkout;

  beforeAll(async () => {
    aws = await Emulator.start(python);
    const variables = { ...terraform, ...aws.variables };
    ours = new Checkout(variables);
    ours.addEnvironment('full', full);
  });
  afterAll(async () => {
    ours?.remove();
    await aws?.stop();
  });

  it('deploys bootstrap: the bucket of the states and the table of the locks', async () => {
    expect(await ours.cdktf('deploy', 'bootstrap')).toMatchObject({ status: 0 });
    expect(await planOf(ours, 'bootstrap')).toEqual({ changes: falseChangesOf('bootstrap'), warnings: [] });
  });
});
