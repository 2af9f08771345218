import { adviceOn } from './advice';
import type { TaskFailure } from './events';
import type { TaskRecord } from './protocol';

/** What a record of a failed task says to the operator: the last lines of the step that failed, and what to do where the cause is well known. */
export function taskFailure(record: TaskRecord, sensitive: boolean, log: string): TaskFailure {
  const { texts, exitCode, failedStep } = record;
  const output = failedStep === 'verify' ? (texts.again ?? '') : (texts.output ?? '');
  const shown = [...lastLines(texts.said ?? '', 5), ...lastLines(output, 10)];
  const next = adviceOn(`${texts.said ?? ''}\n${texts.output ?? ''}\n${texts.again ?? ''}`);
  return {
    what:
      failedStep === 'verify'
        ? `did not converge: apply succeeded, but the check after it still fails (exit code ${exitCode})`
        : `apply failed with exit code ${exitCode}`,
    exitCode,
    lastLines: shown.length === 0 && sensitive ? ['(output withheld: the task is sensitive)'] : shown,
    ...(next === undefined ? {} : { next }),
    log,
  };
}

function lastLines(output: string, count: number): string[] {
  const text = output.trimEnd();
  return text === '' ? [] : text.split('\n').slice(-count);
}
