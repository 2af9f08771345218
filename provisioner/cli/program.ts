import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { registerCompletion } from './completion';
import { registerCost } from './cost';
import { addExamples } from './examples';
import { registerFacts } from './facts';
import { registerGraph } from './graph';
import { registerInventory } from './inventory';
import { registerKubeconfig } from './kubeconfig';
import { registerNode } from './node';
import { registerPlan } from './plan';
import { registerProvision } from './provision';
import { registerRedis } from './redis';
import { registerReport } from './report';
import { registerRestore } from './restore';
import { registerRun } from './run';
import { registerSandbox } from './sandbox';
import { registerShell } from './shell';
import { registerStatus } from './status';
import { registerToken } from './token';
import { registerUnlock } from './unlock';

/** The whole command line: every command with its options, in the order in which `--help` lists them. */
export function stagecraft(): Command {
  const program = new Command('stagecraft')
    .description('Provision K3s nodes on AWS, over SSM or SSH.')
    .version(ownVersion(), '--version', 'print the version of stagecraft')
    // So that options behind a command's own words, such as `run -- ls -l`, belong to what runs on the node.
    .enablePositionalOptions();
  program.commandsGroup('Nodes:');
  registerPlan(program);
  registerProvision(program);
  registerStatus(program);
  registerRun(program);
  registerShell(program);
  registerFacts(program);
  registerReport(program);
  registerUnlock(program);
  program.commandsGroup('Cluster:');
  registerKubeconfig(program);
  registerNode(program);
  registerRestore(program);
  registerToken(program);
  registerRedis(program);
  program.commandsGroup('Environments:');
  registerInventory(program);
  registerCost(program);
  registerGraph(program);
  program.commandsGroup('This machine:');
  registerSandbox(program);
  registerCompletion(program);
  return addExamples(
    program,
    [
      ['npm run provision -- --env sandbox', 'a five-node cluster on this machine, no AWS'],
      ['npm run plan -- --env prod', 'what would a run change?'],
      ['npx stagecraft provision --help', 'every command has examples of its own'],
    ],
    '`npx stagecraft COMMAND …` and `npm run COMMAND -- …` are the same.',
  );
}

function ownVersion(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
