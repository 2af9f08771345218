import type { TransportLimits } from './transport';

/** At most 50 instance ids a SendCommand (AWS Systems Manager API reference, SendCommand, InstanceIds). */
export const NODES_PER_COMMAND = 50;

/** Characters of output that ListCommandInvocations returns for a node with `Details` (CommandPlugin, Output). */
export const LISTED_OUTPUT_CHARS = 2_500;

/** Seconds until a command that no agent picked up is given up (TimeoutSeconds; the least that AWS takes is 30). */
export const DELIVERY_SECONDS = 60;

/** Longest wait for SSM to show an invocation that it accepted: it is eventually consistent. */
export const APPEAR_MS = 30_000;

/** Characters of output that GetCommandInvocation returns (StandardOutputContent). */
const OUTPUT_CHARS = 24_000;

/**
 * The document and its parameters share 64 KB (quota "maximum document size"). The rest is room for
 * AWS-RunShellScript itself and the parameters beside the script.
 */
const SCRIPT_BYTES = 64 * 1024 - 4 * 1024;

/** What one command carries there and back. */
export const ssmLimits: TransportLimits = {
  fits: fitsSendCommand,
  outputChars: OUTPUT_CHARS,
  nodesPerScript: NODES_PER_COMMAND,
  streams: false,
};

/**
 * Whether the parameters fit, as the service counts them: as JSON, where quotes and newlines take two bytes. SSM
 * expands `{{ … }}` in parameters and refuses what it does not know, so a script with such braces has to be compressed.
 */
function fitsSendCommand(script: string): boolean {
  return !script.includes('{{') && Buffer.byteLength(JSON.stringify(script.split('\n'))) <= SCRIPT_BYTES;
}
