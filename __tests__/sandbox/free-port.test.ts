import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isFree, outgoingRange } from '../../provisioner/sandbox/free-port';
import { loadIdentity } from '../../provisioner/sandbox/identity';
import { makeStateFolder, stateFolderAt } from '../../provisioner/sandbox/state-folder';

const folders: string[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'stagecraft-ports-'));
  folders.push(made);
  return made;
}

/** Takes a port away. */
async function take(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
}

/** Identity of a sandbox whose state lies here. */
function identityIn(root: string) {
  const state = stateFolderAt(root);
  makeStateFolder(state);
  return loadIdentity(state);
}

describe('a free port', () => {
  it('is none that an outgoing connection may have', async () => {
    const { first, last } = outgoingRange();
    for (let count = 0; count < 50; count += 1) {
      const port = await freePort();
      expect(port < first || port > last).toBe(true);
    }
  });

  it.each([
    ['below', { first: 20_003, last: 65_535 }, [20_000, 20_001, 20_002]],
    ['above', { first: 1024, last: 65_532 }, [65_533, 65_534, 65_535]],
    ['on both sides', { first: 20_001, last: 65_534 }, [20_000, 65_535]],
  ])('is found %s of the range', async (_, range, expected) => {
    const found = new Set<number>();
    for (let count = 0; count < 30; count += 1) found.add(await freePort(range));
    // A port that another program has is none of them, and when all are taken the kernel chooses.
    const free = await Promise.all(expected.map(isFree));
    if (free.every(Boolean)) expect(expected).toEqual(expect.arrayContaining([...found]));
  });

  it('is not one that somebody listens on', async () => {
    const port = await freePort();
    await take(port);
    expect(await isFree(port)).toBe(false);
  });

  it('where outgoing connections may have every port, is one that the kernel chooses', async () => {
    expect(await isFree(await freePort({ first: 1024, last: 65_535 }))).toBe(true);
  });

  it('knows the range of the kernel, or its default', () => {
    const file = join(folder(), 'range');
    writeFileSync(file, '15000\t25000\n');
    expect(outgoingRange(file)).toEqual({ first: 15_000, last: 25_000 });
    writeFileSync(file, 'nonsense\n');
    expect(outgoingRange(file)).toEqual({ first: 32_768, last: 60_999 });
    expect(outgoingRange(join(folder(), 'absent'))).toEqual({ first: 32_768, last: 60_999 });
  });
});

describe('ports that a sandbox keeps', () => {
  it('are the same again, and others where somebody has taken them meanwhile', async () => {
    const root = folder();
    const listener = await identityIn(root).listen('ssm', (_request, response) => response.end());
    await listener.close();
    expect(await identityIn(root).claimPort('ssm')).toBe(listener.port);

    await take(listener.port);
    const again = identityIn(root);
    const other = await again.claimPort('ssm');
    expect(other).not.toBe(listener.port);
    expect(identityIn(root).portOf('ssm')).toBe(other);
    const { first, last } = outgoingRange();
    expect(other < first || other > last).toBe(true);
  });
});
