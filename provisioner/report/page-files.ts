import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The modules of the page's script, each after those that it imports. */
const modules = [
  'dom',
  'data',
  'state',
  'texts',
  'failures',
  'changes',
  'disruptions',
  'lanes',
  'timeline',
  'tasks',
  'nodes',
  'theme',
  'main',
] as const;

/**
 * The page's script as one module. Its files are modules for the linter and the reader; in one script their imports and
 * exports have no meaning, so these words are taken out.
 */
export function pageScript(): string {
  return modules.map((name) => withoutModuleWords(pageFile(`${name}.js`))).join('\n');
}

export function pageStyle(): string {
  return ['theme', 'base', 'sections', 'figures', 'small'].map((name) => pageFile(`${name}.css`)).join('\n');
}

function withoutModuleWords(source: string): string {
  return source.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '');
}

function pageFile(name: string): string {
  return readFileSync(join(__dirname, 'page', name), 'utf8');
}
