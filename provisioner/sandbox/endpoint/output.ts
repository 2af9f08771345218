/**
 * How the SSM agent cuts a script's output before the service sees it (amazon-ssm-agent: `iohandler.TruncateOutput`
 * for the plugin's joined output, `pluginutil.StringPrefix` for standard output and standard error). The agent counts
 * bytes and may cut inside a character, which then reads as U+FFFD.
 */

/** What `ListCommandInvocations` shows of a plugin's output. */
const PLUGIN_OUTPUT_BYTES = 2500;
/** What `GetCommandInvocation` shows. */
const STDOUT_BYTES = 24_000;
const STDERR_BYTES = 8000;

const SUFFIX = '--output truncated--';
const ERROR_TITLE = '\n----------ERROR-------\n';
const OUTPUT_CUT = '\n---Output truncated---';
const ERROR_CUT = '\n---Error truncated----';

/** As much of an output as any call can show: the rest stays on the node. */
export function reported(output: Buffer): Buffer {
  return output.length <= STDOUT_BYTES ? output : Buffer.from(output.subarray(0, STDOUT_BYTES));
}

export function standardOutputContent(stdout: Buffer): string {
  return prefix(stdout, STDOUT_BYTES);
}

export function standardErrorContent(stderr: Buffer): string {
  return prefix(stderr, STDERR_BYTES);
}

/** Standard output and standard error in one, each cut so that both fit. */
export function pluginOutput(stdout: Buffer, stderr: Buffer): string {
  const title = stderr.length > 0 ? ERROR_TITLE : '';
  const space = PLUGIN_OUTPUT_BYTES - title.length;
  if (stdout.length + stderr.length < space) return `${text(stdout)}${title}${text(stderr)}`;
  if (stdout.length > space / 2 && stderr.length > space / 2) {
    const half = Math.floor((space - ERROR_CUT.length - OUTPUT_CUT.length) / 2);
    return `${text(stdout, half)}${OUTPUT_CUT}${title}${text(stderr, half)}${ERROR_CUT}`;
  }
  if (stdout.length <= space / 2)
    return `${text(stdout)}${title}${text(stderr, space - ERROR_CUT.length - stdout.length)}${ERROR_CUT}`;
  return `${text(stdout, space - OUTPUT_CUT.length - stderr.length)}${OUTPUT_CUT}${title}${text(stderr)}`;
}

/** A text of exactly the limit is cut too: the agent can't know that nothing follows. */
function prefix(output: Buffer, limit: number): string {
  return output.length < limit ? text(output) : `${text(output, limit - SUFFIX.length)}${SUFFIX}`;
}

function text(output: Buffer, bytes = output.length): string {
  return output.subarray(0, bytes).toString('utf8');
}
