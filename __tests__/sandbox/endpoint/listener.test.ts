import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { listenOnLoopback } from '../../../provisioner/sandbox/endpoint/listener';

/** Whether a TCP connection to that address is taken. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.unref();
  });
}

/** Addresses of this machine by which others could reach it. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

it('is reached on 127.0.0.1 and on no other address', async () => {
  const listener = await listenOnLoopback((_request, response) => response.end());
  expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
  expect(await answers('127.0.0.1', listener.port)).toBe(true);
  for (const address of ['127.0.0.2', '::1', ...outside])
    expect(await answers(address, listener.port)).toBe(false);
  await listener.close();
  expect(await answers('127.0.0.1', listener.port)).toBe(false);
});

it('says which port is taken, and what to do', async () => {
  const first = await listenOnLoopback((_request, response) => response.end());
  await expect(listenOnLoopback((_request, response) => response.end(), first.port)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${first.port}[^]*port 0`)),
  });
  await first.close();
});
