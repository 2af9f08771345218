/** Reads K3s's configuration as K3s does: files of long options, the command line, the environment. */
import { parse } from 'yaml';
import { agentOptions, repeatableOptions, serverOptions } from './k3s-options';

export type K3sRole = 'server' | 'agent';

export interface K3sConfig {
  readonly role: K3sRole;
  value(option: string): string | undefined;
  values(option: string): readonly string[];
  isTrue(option: string): boolean;
}

export interface K3sInput {
  readonly role: K3sRole;
  /** Contents of config.yaml and config.yaml.d/*.yaml, in their order. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly args: readonly string[];
  /** Variables by which K3s takes options. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What K3s says before it gives up. */
export class K3sFatal extends Error {}

const VARIABLES: Readonly<Record<string, string>> = {
  K3S_URL: 'server',
  K3S_TOKEN: 'token',
  K3S_TOKEN_FILE: 'token-file',
  K3S_NODE_NAME: 'node-name',
  K3S_KUBECONFIG_MODE: 'write-kubeconfig-mode',
};

/** @throws K3sFatal for an option that the command has not, and for a file that is no map */
export function readConfig(input: K3sInput): K3sConfig {
  const known = input.role === 'server' ? serverOptions : agentOptions;
  const options = new Map<string, string[]>();
  for (const file of input.files) mergeFile(options, file);
  for (const [name, values] of argumentsOf(input.args)) options.set(name, values);
  for (const [variable, option] of Object.entries(VARIABLES)) {
    const value = input.environment[variable];
    if (value !== undefined && !options.has(option)) options.set(option, [value]);
  }
  for (const name of options.keys())
    if (!known.has(name)) throw new K3sFatal(`flag provided but not defined: -${name}`);
  return {
    role: input.role,
    value: (option) => options.get(option)?.at(-1),
    values: (option) => options.get(option) ?? [],
    isTrue: (option) => options.get(option)?.at(-1) === 'true',
  };
}

function mergeFile(options: Map<string, string[]>, file: K3sInput['files'][number]): void {
  for (const [key, value] of Object.entries(mapOf(file))) {
    // `key+` adds to what earlier files said.
    const appends = key.endsWith('+');
    const name = appends ? key.slice(0, -1) : key;
    const values = (Array.isArray(value) ? value : [value]).map(String);
    options.set(name, appends ? [...(options.get(name) ?? []), ...values] : values);
  }
}

function mapOf({ path, content }: K3sInput['files'][number]): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    throw new K3sFatal(
      `failed to parse ${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    );
  }
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return Object.fromEntries(Object.entries(value));
  throw new K3sFatal(`failed to parse ${path}: a map of options was expected`);
}

function argumentsOf(args: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([a-z0-9-]+)(?:=(.*))?$/s.exec(args[index] ?? '');
    if (match === null) throw new K3sFatal(`unexpected argument: ${args[index]}`);
    const [, name = '', inline] = match;
    const next = args[index + 1];
    const takesNext = inline === undefined && next !== undefined && !next.startsWith('-');
    if (takesNext) index++;
    const value = inline ?? (takesNext ? next : 'true');
    found.set(name, repeatableOptions.has(name) ? [...(found.get(name) ?? []), value] : [value]);
  }
  return found;
}
