import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { isSandbox, loadEnvironment } from '../../environments';
import { exitCodes, UserError } from '../errors';
import { addExamples } from './examples';

interface GraphOptions {
  readonly env: string;
  readonly output?: string;
}

/** `graph`: draws an environment as its synthesized stack describes it. */
export function registerGraph(program: Command): void {
  const command = program
    .command('graph')
    .description('Draw an environment as an SVG picture, from its synthesized stack. AWS is not asked.')
    .requiredOption('--env <name>', 'environment in AWS: dev, prod')
    .option('-o, --output <file>', 'where to write it (default: docs/graphs/<env>.svg); - is standard output')
    .action(async (options: GraphOptions) => {
      await graph(options);
    });
  addExamples(command, [
    ['npm run graph -- --env prod', 'writes docs/graphs/prod.svg'],
    ['npm run -s graph -- --env dev --output -', 'to standard output'],
  ]);
}

async function graph({ env, output = `docs/graphs/${env}.svg` }: GraphOptions): Promise<void> {
  const environment = loadEnvironment(env);
  if (isSandbox(env))
    throw new UserError(
      'The sandbox is on this machine: it has no stack to draw.',
      'Ask for an environment in AWS, such as --env prod.',
      exitCodes.usage,
    );
  // The constructs of AWS take a while to load, and no other command needs them.
  const { drawEnvironment } = await import('../../stacks/graph');
  const svg = drawEnvironment(environment);
  if (output === '-') {
    process.stdout.write(svg);
    return;
  }
  write(output, svg);
  process.stderr.write(`wrote ${output}\n`);
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new UserError(
      `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose another file with --output.',
    );
  }
}
