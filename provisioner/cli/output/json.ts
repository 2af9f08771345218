import type { Listener, Show } from './listener';

/** One JSON object a line on standard output, an event each, for programs. */
export function jsonListener(show: Pick<Show, 'write'>): Listener {
  return {
    on: (event) => show.write(`${JSON.stringify(event)}\n`),
    end: async () => {},
  };
}
