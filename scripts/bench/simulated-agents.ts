import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Agent, RunningCommand } from '../../provisioner/sandbox/agent';
import type { BenchFleetNode } from './scale-fleet';

/**
 * An agent of a node that is not there: it answers each script as a node would on which everything is as wanted. For the
 * controller and the service there is no difference; the time that the script takes is made up.
 */
export function simulatedAgent({ instanceId, name, privateIp }: BenchFleetNode, scriptMs: number): Agent {
  return {
    instanceId,
    nodeName: name,
    computerName: name,
    ipAddress: privateIp,
    running: true,
    reboot: async () => {},
    goAway: () => {},
    start({ lines }) {
      const stdout = Buffer.from(answerTo(lines));
      const result = sleep(scriptMs * (0.75 + Math.random() / 2)).then(() => ({
        exitCode: 0,
        stdout,
        stderr: Buffer.alloc(0),
      }));
      return { result, kill: () => {} } satisfies RunningCommand;
    },
  };
}

const answers = new Map<string, string>();

/** Agents of one command get the same script, so it is read once. */
function answerTo(lines: readonly string[]): string {
  const script = lines.join('\n');
  const known = answers.get(script);
  if (known !== undefined) return known;
  // Of the commands of the past, none comes again.
  if (answers.size > 100) answers.clear();
  const answer = frameFor(sourceOf(script));
  answers.set(script, answer);
  return answer;
}

function sourceOf(script: string): string {
  const compressed = /eval "\$\(printf %s ([A-Za-z0-9+/=]+) \| base64 -d \| gzip -dc\)"/.exec(script)?.[1];
  return compressed === undefined ? script : gunzipSync(Buffer.from(compressed, 'base64')).toString('utf8');
}

function frameFor(source: string): string {
  const nonce = /^SC_NONCE=(.*)$/m.exec(source)?.[1] ?? '';
  const indexes = [...source.matchAll(/^sc_task (\d+) /gm)].map(([, index]) => index);
  const facts = 'os_id=ubuntu\nos_version_id=24.04\narch=arm64\nmemory_kib=4026531\n';
  const result = /^sc_facts$/m.test(source)
    ? `T facts ${facts.length}\n${facts}\n`
    : indexes.map((index) => `R ${index} o 10 0\n`).join('');
  const sum = createHash('sha256').update(result).digest('hex');
  const started = indexes.map((index) => `>${index}\n`).join('');
  return `${started}::stagecraft 1 ${nonce} raw ${result.length} ${sum}\n${result}\n::end ${nonce}\n`;
}
