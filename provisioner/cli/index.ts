import { stagecraft } from './program';
import { runCommandLine } from './run-command-line';

void runCommandLine(stagecraft(), process.argv);
