import { readEvent } from '../../provisioner/report/read-events';
import { exampleRun } from '../../scripts/example-run';
import { failing } from './events';

test('every event of a run is read as it was written', () => {
  for (const event of [...failing, ...exampleRun({ nodes: 5 })])
    expect(readEvent(JSON.stringify(event))).toEqual(event);
});

test('a kind of event that another version wrote is passed over', () => {
  expect(readEvent('{"type":"moon-phase","time":"2026-01-01T00:00:00.000Z","phase":"full"}')).toBe('unknown');
});

test('a field that another version added does no harm', () => {
  const [first] = failing;
  expect(readEvent(JSON.stringify({ ...first, colour: 'blue' }))).toEqual(first);
});

test.each([
  ['half a line', '{"type":"task","time":"2026-01'],
  ['no event', '[1,2]'],
  ['a wrong field', '{"type":"node-unreachable","time":"2026-01-01T00:00:00.000Z","node":7,"reason":""}'],
  ['a wrong time', '{"type":"node-unreachable","time":"yesterday","node":"n","reason":""}'],
])('%s is unreadable', (_, line) => {
  expect(readEvent(line)).toBe('unreadable');
});
