#!/usr/bin/env node
// What `npx stagecraft` starts in a checkout: the same command line as `npm run <command> --`.
import 'tsx';

await import('./index.ts');
