import { getMaxListeners } from 'node:events';
import { interruptible } from '../../provisioner/cli/interrupt';

test('any number of nodes may listen for Ctrl-C: Node warns of a leak above ten otherwise', () => {
  const interrupt = interruptible();
  try {
    expect(getMaxListeners(interrupt.signal)).toBe(0);
  } finally {
    interrupt.stop();
  }
});
