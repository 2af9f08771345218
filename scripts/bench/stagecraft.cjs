// This project's part of the benchmark, started as `npm run provision` is.
void require('../../provisioner/cli/start.cjs').start('scripts/bench/stagecraft.ts');
