import { Command } from 'commander';
import { registerInventory } from './inventory';
import { registerProvision } from './provision';
import { runCommandLine } from './run-command-line';
import { registerSandbox } from './sandbox';

const program = new Command('stagecraft').description('Provision K3s nodes on AWS over SSM.');
registerProvision(program);
registerInventory(program);
registerSandbox(program);
void runCommandLine(program, process.argv);
