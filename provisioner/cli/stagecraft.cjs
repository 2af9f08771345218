#!/usr/bin/env node
// The command line: what `npx stagecraft` and `npm run <command> --` start.
void require('./start.cjs').start('provisioner/cli/index.ts');
