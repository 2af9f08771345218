// Starts a program of this project quickly: its TypeScript is put together in one file once, and anew when a source has
// changed. To load a few hundred sources one by one takes longer than most commands do.
//
// Plain JavaScript, because it runs before anything can read TypeScript.
const { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

const PROJECT = resolve(__dirname, '..', '..');

/**
 * Runs a program as if `node` had been given it.
 *
 * @param {string} entry its source, from the root of the project: `provisioner/cli/index.ts`
 */
exports.start = async (entry) => {
  // Keeps compiled code between starts. Node has it from 22.1 on.
  require('node:module').enableCompileCache?.();
  const program = join(PROJECT, '.stagecraft', 'start', entry.replaceAll('/', '-').replace(/\.ts$/, '.cjs'));
  if (!isCurrent(program) && !(await build(entry, program))) return startFromSources(entry);
  if (process.env.STAGECRAFT_DEBUG) process.setSourceMapsEnabled(true);
  require(program);
};

/** Whether the program was made of the sources as they are: the same size and time of change, all of them. */
function isCurrent(program) {
  try {
    const stamps = Object.entries(JSON.parse(readFileSync(`${program}.json`, 'utf8')));
    return stamps.every(([path, stamp]) => stampOf(path) === stamp);
  } catch {
    return false;
  }
}

/**
 * Makes the program. Says whether it could: a mistake in a source is told better by what reads that one, and a folder that
 * belongs to somebody else, after `sudo` for instance, is no reason to fail.
 */
async function build(entry, program) {
  const temporary = `${program}.${process.pid}`;
  try {
    const began = Date.now();
    mkdirSync(dirname(program), { recursive: true, mode: 0o700 });
    const { metafile } = await require('esbuild').build({
      absWorkingDir: PROJECT,
      entryPoints: [entry],
      outfile: temporary,
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      sourcemap: 'inline',
      sourcesContent: false,
      metafile: true,
      logLevel: 'silent',
      plugins: [ownFolders],
    });
    const paths = Object.keys(metafile.inputs).map((path) => join(PROJECT, path));
    renameSync(temporary, program);
    // With a source that changed meanwhile, the program is good for this start only.
    if (paths.every((path) => statSync(path).mtimeMs < began))
      writeFileSync(
        `${program}.json`,
        JSON.stringify(Object.fromEntries(paths.map((path) => [path, stampOf(path)]))),
      );
    else rmSync(`${program}.json`, { force: true });
    return true;
  } catch {
    forget(temporary);
    return false;
  }
}

function forget(file) {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where its folder can't be, it is not either.
  }
}

/** In one file for all, each source still knows the folder that it lies in, for what it reads from there. */
const ownFolders = {
  name: 'own folders',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: `const __dirname = ${JSON.stringify(dirname(path))};${readFileSync(path, 'utf8')}`,
    })),
};

function stampOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

async function startFromSources(entry) {
  await import('tsx');
  await import(pathToFileURL(join(PROJECT, entry)).href);
}
