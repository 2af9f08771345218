/** The simulated kubectl: enough of the real one for roles and for people who look around. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type KubectlArguments,
  KubectlError,
  matchesSelector,
  parseArguments,
  secondsOf,
} from './kubectl-arguments';
import { type Call, documents, notFound, requireNamespace, resourceOf } from './kubectl-call';
import { diffObjects } from './kubectl-diff';
import { drain, schedulable } from './kubectl-drain';
import { patched } from './kubectl-patch';
import { jsonPath, list, nameOf, printObjects } from './kubectl-print';
import { type KubeObject, namespaceOf, type ObjectStore, parseObject } from './objects';
import { findResource, type Resource } from './resources';
import { isReady } from './simulated-registry';
import type { CommandOutput, KubectlRequest } from './stand-in-api';
import { reconcile } from './workloads';

type Verb = (call: Call) => string | Promise<string>;

const verbs: Readonly<Record<string, Verb>> = {
  get,
  apply,
  create,
  replace: apply,
  diff,
  delete: remove,
  cordon: (call) => schedulable(call, false),
  uncordon: (call) => schedulable(call, true),
  drain,
  patch,
  label: (call) => mark(call, 'labels', 'labeled'),
  annotate: (call) => mark(call, 'annotations', 'annotated'),
  wait,
  version: ({ args, version }) =>
    args.option('output') === 'json'
      ? `${JSON.stringify({ clientVersion: { gitVersion: version }, ...(!args.has('client') && { serverVersion: { gitVersion: version } }) }, null, 2)}\n`
      : `Client Version: ${version}\nKustomize Version: simulated\n${args.has('client') ? '' : `Server Version: ${version} (simulated)\n`}`,
  'cluster-info': () => 'Kubernetes control plane is running (simulated by the stagecraft sandbox)\n',
};

/** @param nodeName of the kubelet that asks; undefined for the admin */
export async function runKubectl(store: ObjectStore, request: KubectlRequest): Promise<CommandOutput> {
  const warned: string[] = [];
  const warn = (line: string) => warned.push(`${line}\n`);
  const warnings = () => warned.join('');
  try {
    const args = parseArguments(request.args);
    const verb = verbs[args.verb];
    if (verb === undefined)
      throw new KubectlError(
        `error: unknown command "${args.verb}" for "kubectl": the sandbox simulates ${Object.keys(verbs).join(', ')}; set KUBEBUILDER_ASSETS for a real Kubernetes API`,
      );
    authorize(request.as, args);
    const { manifest, version } = request;
    const namespace = args.option('namespace') ?? 'default';
    const stdout = await verb({ store, args, namespace, manifest, version, warn });
    // Evictions, cordons and new objects are what controllers act on.
    if (!READING.includes(args.verb)) reconcile(store);
    return { exitCode: 0, stdout, stderr: warnings() };
  } catch (error) {
    if (error instanceof Differs) return { exitCode: 1, stdout: error.diff, stderr: '' };
    if (error instanceof KubectlError)
      return { exitCode: error.exitCode, stdout: error.stdout, stderr: `${warnings()}${error.message}\n` };
    return {
      exitCode: 1,
      stdout: '',
      stderr: `error: ${error instanceof Error ? error.message : String(error)}\n`,
    };
  }
}

const READING = ['get', 'diff', 'wait', 'version', 'cluster-info'];

class Differs extends Error {
  constructor(readonly diff: string) {
    super('differs');
  }
}

/** A kubelet reads its own node (the node authorizer), and nothing else here. */
function authorize(as: string, args: KubectlArguments): void {
  const node = /^system:node:(.+)$/.exec(as)?.[1];
  if (node === undefined || args.verb === 'version') return;
  const raw = args.option('raw');
  const own = raw === `/api/v1/nodes/${node}` || (args.verb === 'get' && isNodeWord(args.words, node));
  if (!own && !/^\/(readyz|livez|healthz|version)/.test(raw ?? ''))
    throw new KubectlError(`Error from server (Forbidden): user "${as}" may only get its own node "${node}"`);
}

function isNodeWord([type, name]: readonly string[], node: string): boolean {
  return type === `node/${node}` || (['node', 'nodes', 'no'].includes(type ?? '') && name === node);
}

function get(call: Call): string {
  const { store, args } = call;
  const raw = args.option('raw');
  if (raw !== undefined) return getRaw(store, raw);
  const output = args.option('output');
  const print = (resource: Resource, objects: readonly KubeObject[], single: boolean) =>
    printObjects(resource, objects, {
      output,
      single,
      noHeaders: args.has('no-headers'),
      showNamespace: args.has('all-namespaces') || args.has('A'),
    });
  if (args.option('filename') !== undefined) {
    const found = present(call, documents(call));
    return found.map((object) => print(resourceOf(object), [object], true)).join('');
  }
  const { resource, names } = targets(call);
  if (names.length > 0) {
    const found = names.flatMap((name) => one(call, resource, name) ?? []);
    return found.length === 0 ? '' : print(resource, found, names.length === 1);
  }
  const everywhere = args.has('all-namespaces') || args.has('A') || !resource.namespaced;
  const objects = store
    .list(resource, everywhere ? undefined : call.namespace)
    .filter((object) => matchesSelector(object.metadata.labels ?? {}, args.option('selector')))
    .filter((object) => matchesFields(object, args.option('field-selector')));
  if (objects.length === 0 && (output === undefined || output === 'wide'))
    return `No resources found${everywhere ? '' : ` in ${call.namespace} namespace`}\n`;
  return print(resource, objects, false);
}

/** `spec.nodeName=x,status.phase!=Running`, as the API takes it. */
function matchesFields(object: KubeObject, selector: string | undefined): boolean {
  return (selector ?? '').split(',').every((term) => {
    const [, path, operator, value] = /^([^!=]+)(==?|!=)(.*)$/.exec(term) ?? [];
    return path === undefined || (jsonPath(`{.${path}}`, object) === value) === (operator !== '!=');
  });
}

function getRaw(store: ObjectStore, path: string): string {
  const bare = path.replace(/\?.*/, '');
  if (/^\/(readyz|livez|healthz)(\/.*)?$/.test(bare)) return 'ok';
  if (bare === '/version') return `${JSON.stringify({ major: '1', gitVersion: 'simulated' })}\n`;
  const match = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/.exec(
    bare,
  );
  const [, , namespace, plural = '', name] = match ?? [];
  const resource = match === null ? undefined : findResource(plural, store.resources());
  if (resource === undefined)
    throw new KubectlError('Error from server (NotFound): the server could not find the requested resource');
  if (name === undefined) return `${JSON.stringify(list(store.list(resource, namespace)))}\n`;
  const object = store.get(resource, namespace ?? 'default', name);
  if (object === undefined) throw notFound(resource, name);
  return `${JSON.stringify(object)}\n`;
}

function apply(call: Call): string {
  return eachDocument(call, (object) => {
    requireNamespace(call.store, object);
    const outcome = call.args.has('dry-run') ? 'unchanged' : call.store.put(object);
    if (call.args.has('dry-run')) return `${nameOf(object)} configured (dry run)`;
    return `${nameOf(object)} ${call.args.has('server-side') ? 'serverside-applied' : outcome}`;
  });
}

function create(call: Call): string {
  const [type, name] = call.args.words;
  if (type === 'namespace' || type === 'ns') {
    const object = parseObject({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
      status: { phase: 'Active' },
    });
    return createOne(call, object);
  }
  if (call.args.option('filename') === undefined)
    throw new KubectlError('error: the simulated kubectl creates namespaces, and what -f names');
  return eachDocument(call, (object) => createOne(call, object).trimEnd());
}

function createOne(call: Call, object: KubeObject): string {
  const resource = resourceOf(object);
  if (call.store.get(resource, namespaceOf(object), object.metadata.name) !== undefined)
    throw new KubectlError(
      `Error from server (AlreadyExists): ${resource.plural} "${object.metadata.name}" already exists`,
    );
  if (call.args.has('dry-run')) return `${nameOf(object)} created (dry run)\n`;
  call.store.put(object);
  return `${nameOf(object)} created\n`;
}

/** kubectl diff: exit code 1 and a unified diff where the cluster would change. */
function diff(call: Call): string {
  const text = documents(call)
    .map((object) => {
      requireNamespace(call.store, object);
      const before = call.store.get(resourceOf(object), namespaceOf(object), object.metadata.name);
      return diffObjects(before, call.store.merged(object));
    })
    .join('');
  if (text !== '') throw new Differs(text);
  return '';
}

function remove(call: Call): string {
  const { store, args } = call;
  const found = args.option('filename') === undefined ? selected(call) : present(call, documents(call));
  return found
    .map((object) => {
      const resource = resourceOf(object);
      store.remove(resource, namespaceOf(object), object.metadata.name);
      return `${resource.kind.toLowerCase()} "${object.metadata.name}" deleted\n`;
    })
    .join('');
}

function patch(call: Call): string {
  return selected(call)
    .map((object) => {
      const after = patched(object, call.args.option('type'), call.args.option('patch'));
      const outcome = call.store.put(after);
      return `${nameOf(object)} patched${outcome === 'unchanged' ? ' (no change)' : ''}\n`;
    })
    .join('');
}

/** `label` and `annotate`: `key=value` sets, `key-` removes. */
function mark(call: Call, where: 'labels' | 'annotations', done: string): string {
  const changes = call.args.words.filter((word) => /=|-$/.test(word));
  const words = call.args.words.filter((word) => !changes.includes(word));
  return selected({ ...call, args: { ...call.args, words } })
    .map((object) => {
      const marks = { ...object.metadata[where] };
      for (const change of changes) {
        const at = change.indexOf('=');
        const key = at < 0 ? change.slice(0, -1) : change.slice(0, at);
        const value = change.slice(at + 1);
        if (at < 0) delete marks[key];
        else if (marks[key] !== undefined && marks[key] !== value && !call.args.has('overwrite'))
          throw new KubectlError(
            `error: '${key}' already has a value (${marks[key]}), and --overwrite is false`,
          );
        else marks[key] = value;
      }
      call.store.put({ ...object, metadata: { ...object.metadata, [where]: marks } });
      return `${nameOf(object)} ${done}\n`;
    })
    .join('');
}

async function wait(call: Call): Promise<string> {
  const { args } = call;
  const condition = args.option('for') ?? '';
  const until = Date.now() + secondsOf(args.option('timeout') ?? '30s') * 1000;
  for (;;) {
    const wantsGone = condition === 'delete';
    const objects = wantsGone ? selectedOrNone(call) : selected(call);
    const missing = wantsGone ? objects : objects.filter((object) => !holds(object, condition));
    if (missing.length === 0) return objects.map((object) => `${nameOf(object)} condition met\n`).join('');
    const [first] = missing;
    if (Date.now() > until && first !== undefined)
      throw new KubectlError(
        `error: timed out waiting for the condition on ${resourceOf(first).plural}/${first.metadata.name}`,
      );
    await sleep(100);
  }
}

function holds(object: KubeObject, condition: string): boolean {
  const json = /^jsonpath=['"]?(\{.*\})['"]?=(.*)$/.exec(condition);
  if (json !== null) return jsonPath(json[1] ?? '', object) === json[2];
  if (!condition.startsWith('condition='))
    throw new KubectlError(`error: unrecognized condition: "${condition}"`);
  if (object.kind !== 'Node') return true; // Nothing runs here that could be unready.
  return /^condition=ready(=true)?$/i.test(condition) && isReady(object);
}

/** What TYPE NAME..., TYPE/NAME, -l and --all mean. */
function selected(call: Call): KubeObject[] {
  const { resource, names } = targets(call);
  if (names.length > 0) return names.flatMap((name) => one(call, resource, name) ?? []);
  if (!call.args.has('all') && call.args.option('selector') === undefined)
    throw new KubectlError('error: resource(s) were provided, but no name was specified');
  return call.store
    .list(resource, resource.namespaced ? call.namespace : undefined)
    .filter((object) => matchesSelector(object.metadata.labels ?? {}, call.args.option('selector')));
}

function selectedOrNone(call: Call): KubeObject[] {
  const { resource, names } = targets(call);
  return names.flatMap((name) => call.store.get(resource, call.namespace, name) ?? []);
}

function targets(call: Call): { resource: Resource; names: string[] } {
  const [first, ...rest] = call.args.words;
  if (first === undefined) throw new KubectlError('error: You must specify the type of resource.');
  const [type = '', slashName] = first.split('/');
  const resource = findResource(type, call.store.resources());
  if (resource === undefined)
    throw new KubectlError(`error: the server doesn't have a resource type "${type}"`);
  if (slashName === undefined) return { resource, names: rest };
  return { resource, names: [slashName, ...rest.map((word) => word.slice(word.indexOf('/') + 1))] };
}

function one(call: Call, resource: Resource, name: string): KubeObject | undefined {
  const object = call.store.get(resource, call.namespace, name);
  if (object === undefined && !call.args.has('ignore-not-found')) throw notFound(resource, name);
  return object;
}

function present(call: Call, wanted: readonly KubeObject[]): KubeObject[] {
  return wanted.flatMap((object) => {
    const resource = resourceOf(object);
    return one({ ...call, namespace: namespaceOf(object) }, resource, object.metadata.name) ?? [];
  });
}

function eachDocument(call: Call, act: (object: KubeObject) => string): string {
  const objects = documents(call);
  if (objects.length === 0) throw new KubectlError('error: no objects passed to apply');
  return objects.map((object) => `${act(object)}\n`).join('');
}
