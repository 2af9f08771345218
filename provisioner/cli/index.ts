import { Command } from 'commander';
import { registerCost } from './cost';
import { registerGraph } from './graph';
import { registerInventory } from './inventory';
import { registerProvision } from './provision';
import { runCommandLine } from './run-command-line';
import { registerSandbox } from './sandbox';

const program = new Command('stagecraft').description('Provision K3s nodes on AWS over SSM.');
registerProvision(program);
registerInventory(program);
registerSandbox(program);
registerCost(program);
registerGraph(program);
void runCommandLine(program, process.argv);
