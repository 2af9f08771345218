import { readFile } from 'node:fs/promises';
import { exitCodes, UserError } from '../errors';
import { inventoryIn } from './outputs';
import type { InventorySource } from './source';

/** An inventory in a JSON file, in any of the forms that `inventoryIn` knows. `-` reads standard input. */
export function fileSource(path: string, environment: string): InventorySource {
  const where = path === '-' ? 'standard input' : path;
  const refresh = `Write the file again: \`cdktf output ${environment} --outputs-file FILE\`.`;
  return {
    environment,
    where,
    refresh,
    read: async () => {
      const found = inventoryIn(parseJson(await readText(path, refresh), where, refresh), environment);
      if (found !== undefined) return found;
      throw new UserError(
        `${where} is JSON, but has no output named 'inventory' in it.`,
        `It has to be what \`terraform output -json\` or \`cdktf output --outputs-file FILE\` wrote. ${refresh}`,
        exitCodes.usage,
      );
    },
  };
}

async function readText(path: string, refresh: string): Promise<string> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path, 'utf8');
  } catch (error) {
    throw unreadable(path, error, refresh);
  }
}

function unreadable(path: string, error: unknown, refresh: string): UserError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT')
    return new UserError(`There is no inventory file ${path}.`, refresh, exitCodes.usage);
  if (code === 'EISDIR')
    return new UserError(`${path} is a directory; --inventory wants a file.`, refresh, exitCodes.usage);
  if (code === 'EACCES') {
    return new UserError(
      `The inventory file ${path} may not be read.`,
      `Look at its owner and mode: ls -l ${path}`,
      exitCodes.usage,
    );
  }
  return new UserError(
    `The inventory file ${path} can't be read: ${String(code ?? error)}.`,
    refresh,
    exitCodes.usage,
  );
}

function parseJson(text: string, where: string, refresh: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason =
      text.trim() === '' ? 'it is empty' : error instanceof Error ? error.message : String(error);
    throw new UserError(`${where} is not JSON: ${reason}.`, refresh, exitCodes.usage);
  }
}
