/** The command line of kubectl, as far as the simulated one knows it. */

export interface KubectlArguments {
  readonly verb: string;
  /** What is no option, after the verb. */
  readonly words: readonly string[];
  option(name: string): string | undefined;
  has(name: string): boolean;
}

/** An error of the command line, in kubectl's words. */
export class KubectlError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
    /** What it had said on standard output by then. */
    readonly stdout = '',
  ) {
    super(message);
  }
}

/** Options that take a value, by each of their names. */
const WITH_VALUE: Readonly<Record<string, string>> = {
  '-n': 'namespace',
  '--namespace': 'namespace',
  '-o': 'output',
  '--output': 'output',
  '-l': 'selector',
  '--selector': 'selector',
  '-f': 'filename',
  '--filename': 'filename',
  '-k': 'kustomize',
  '--field-selector': 'field-selector',
  '--for': 'for',
  '--timeout': 'timeout',
  '--raw': 'raw',
  '-p': 'patch',
  '--patch': 'patch',
  '--type': 'type',
  '--kubeconfig': 'kubeconfig',
  '--context': 'context',
  '--cache-dir': 'cache-dir',
  '--field-manager': 'field-manager',
  '--request-timeout': 'request-timeout',
  '--grace-period': 'grace-period',
  '--pod-selector': 'pod-selector',
  '--server': 'server',
  '-s': 'server',
  '--token': 'token',
  '--sort-by': 'sort-by',
  '-v': 'v',
};

/** Options that stand alone, or take their value behind an equals sign. */
const ALONE = new Set(
  `-A --all-namespaces --all --no-headers --ignore-not-found --overwrite --server-side --force-conflicts --force --now
   --dry-run --wait --ignore-daemonsets --delete-emptydir-data --disable-eviction --show-labels --client --cascade -R
   --recursive --validate -w --watch --list --prune --insecure-skip-tls-verify --show-managed-fields`.split(
    /\s+/,
  ),
);

export function parseArguments(args: readonly string[]): KubectlArguments {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    const [name = '', inline] = splitOnce(argument);
    const short = argument.slice(0, 2);
    if (!argument.startsWith('-') || argument === '-') words.push(argument);
    else if (WITH_VALUE[name] !== undefined) {
      const value = inline ?? args[++index];
      if (value === undefined) throw new KubectlError(`error: flag needs an argument: ${name}`);
      options.set(WITH_VALUE[name], value);
    } else if (!argument.startsWith('--') && WITH_VALUE[short] !== undefined)
      options.set(WITH_VALUE[short], argument.slice(2));
    else if (ALONE.has(name)) options.set(name.replace(/^-+/, ''), inline ?? 'true');
    else
      throw new KubectlError(
        `error: unknown flag: ${name} (this kubectl is simulated; set KUBEBUILDER_ASSETS for a real one)`,
      );
  }
  const [verb = '', ...rest] = words;
  return {
    verb,
    words: rest,
    option: (name) => options.get(name),
    has: (name) => options.has(name) && options.get(name) !== 'false',
  };
}

/** Seconds of `30s`, `2m`, `1h`, or a number. */
export function secondsOf(text: string): number {
  const match = /^(-?\d+)(s|m|h)?$/.exec(text);
  if (match === null)
    throw new KubectlError(`error: invalid argument "${text}" for "--timeout" flag: time: invalid duration`);
  const factor = { s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1;
  return Number(match[1]) * factor;
}

/** Whether labels satisfy a selector: `a=b,c!=d,e,!f`. */
export function matchesSelector(
  labels: Readonly<Record<string, string>>,
  selector: string | undefined,
): boolean {
  if (selector === undefined || selector === '') return true;
  return selector.split(',').every((term) => {
    const unequal = /^([^!=]+)!=(.*)$/.exec(term);
    if (unequal !== null) return labels[unequal[1] ?? ''] !== unequal[2];
    const equal = /^([^=]+)==?(.*)$/.exec(term);
    if (equal !== null) return labels[equal[1] ?? ''] === equal[2];
    return term.startsWith('!') ? labels[term.slice(1)] === undefined : labels[term] !== undefined;
  });
}

function splitOnce(argument: string): [string, string | undefined] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}
