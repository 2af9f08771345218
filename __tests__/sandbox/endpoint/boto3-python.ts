import { spawnSync } from 'node:child_process';

/** The first Python that can import boto3; says so where there is none. */
export const boto3Python = [process.env.STAGECRAFT_PYTHON, 'python3']
  .filter((name) => name !== undefined)
  .find((name) => spawnSync(name, ['-c', 'import boto3']).status === 0);

if (boto3Python === undefined)
  console.warn('skipped: no python3 with boto3 (set STAGECRAFT_PYTHON to one that has it)');
