import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** What docs/architecture.md promises of who knows whom. */
const root = resolve(__dirname, '..');

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsBelow(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => importsOf(join(folder, path)));
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
    ([, name]) => name ?? '',
  );
  return specifiers.map((name) => ({
    from: file,
    to: name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name,
  }));
}

const crossing = (imports: readonly Import[], allowed: (to: string) => boolean) =>
  imports.filter(({ to }) => !allowed(to)).map(({ from, to }) => `${from} imports ${to}`);

describe('boundaries', () => {
  it('the engine knows nothing of AWS, roles, environments and the inventory', () => {
    const own = /^(node:|zod$|provisioner\/(engine|transports\/transport|errors)($|\/))/;
    expect(crossing(importsBelow('provisioner/engine'), (to) => own.test(to))).toEqual([]);
  });

  it('nothing imports the sandbox but the CLI and itself', () => {
    const others = [
      ...importsBelow('provisioner'),
      ...importsBelow('stacks'),
      ...importsBelow('environments'),
      ...importsOf('main.ts'),
    ];
    const strangers = others.filter(({ from }) => !/^provisioner\/(cli|sandbox)\//.test(from));
    expect(strangers.length).toBeGreaterThan(100);
    expect(crossing(strangers, (to) => !to.startsWith('provisioner/sandbox'))).toEqual([]);
  });

  it('roles and tasks are pure: they reach for no AWS, no process and no file but their own templates', () => {
    const imports = [...importsBelow('provisioner/roles'), ...importsBelow('provisioner/tasks')];
    expect(
      crossing(imports, (to) => !/^(@aws-sdk|@smithy|node:(child_process|http|https|net|os))/.test(to)),
    ).toEqual([]);
  });

  it('a report is made of events alone, and its page of its own files', () => {
    const own =
      /^(node:(crypto|fs|path|readline)$|zod$|provisioner\/(report|engine\/(events|last-run)|state-directory)($|\/))/;
    expect(crossing(importsBelow('provisioner/report'), (to) => own.test(to))).toEqual([]);
  });

  it('stacks and environments know of the provisioner only the contract', () => {
    const imports = [...importsBelow('stacks'), ...importsBelow('environments')];
    expect(
      crossing(imports, (to) => !to.startsWith('provisioner/') || to === 'provisioner/inventory/schema'),
    ).toEqual([]);
  });
});
