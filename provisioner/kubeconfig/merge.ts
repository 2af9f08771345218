import { Document, isMap, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import { UserError } from '../errors';
import { entriesOf, type KubeconfigEntry } from './entry';

/**
 * Puts an environment's entries into a kubeconfig, in the place of those that had its name. All else stays: entries of
 * others, unknown fields, comments. The current context stays too, unless there is none or `use` asks for this one.
 *
 * @param text the file as it is; empty where there is none
 * @param where the file, as the operator knows it
 * @throws UserError for a text that is no kubeconfig: nothing must be lost of it
 */
export function mergeKubeconfig(
  text: string,
  entry: KubeconfigEntry,
  { where, use }: { readonly where: string; readonly use: boolean },
): string {
  const document = parsed(text, where);
  for (const [list, item] of Object.entries(entriesOf(entry))) put(document, list, entry.name, item, where);
  const current = document.get('current-context');
  if (use || current === undefined || current === null || current === '')
    document.set('current-context', entry.name);
  return document.toString({ lineWidth: 0 });
}

function parsed(text: string, where: string): Document {
  if (text.trim() === '') return new Document({ apiVersion: 'v1', kind: 'Config', preferences: {} });
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined) throw notOne(where, mistake.message.split('\n')[0] ?? '');
  if (!isMap(document.contents)) throw notOne(where, 'it is no map of fields');
  const kind = document.get('kind');
  if (kind !== undefined && kind !== 'Config') throw notOne(where, `its kind is ${String(kind)}, not Config`);
  return document;
}

function put(document: Document, list: string, name: string, item: object, where: string): void {
  const found: unknown = document.get(list);
  if (found === undefined || found === null) {
    document.set(list, document.createNode([item]));
    return;
  }
  if (!isSeq(found)) throw notOne(where, `its ${list} are no list`);
  const index = found.items.findIndex((one) => isMap(one) && one.get('name') === name);
  const node = document.createNode(item);
  // An empty list is written `[]`: what is added has to be a block again.
  if (found instanceof YAMLSeq && found.items.length === 0) found.flow = false;
  if (index === -1) found.add(node);
  else found.items[index] = keptAround(found.items[index], node);
}

/** The new entry with the comments that stood at the old one. */
function keptAround(before: unknown, after: YAMLMap | ReturnType<Document['createNode']>): unknown {
  if (isMap(before) && isMap(after)) {
    if (before.commentBefore) after.commentBefore = before.commentBefore;
    if (before.comment) after.comment = before.comment;
  }
  return after;
}

function notOne(where: string, why: string): UserError {
  return new UserError(
    `${where} is not a kubeconfig: ${why}.`,
    'It was left as it is. Mend it, or write to another file with --output FILE.',
  );
}
