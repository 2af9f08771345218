import { sh } from '../../provisioner/engine/shell';
import { selectSteps, stepsOf } from '../../provisioner/engine/steps';
import { onRequest } from '../../provisioner/tasks';

const task = onRequest({ name: 'a snapshot', tag: 'snapshot', tags: ['backup'], command: sh`true` });
const play = { name: 'play', hosts: 'all', roles: [{ name: 'role', tasks: () => [task] }] };
const chosen = (...tags: string[]) => selectSteps(stepsOf(play, {}), { tags, skipTags: [] }).length;

test('runs when one of its tags asks for it, and at no other time', () => {
  expect([chosen('snapshot'), chosen('backup')]).toEqual([1, 1]);
  expect([chosen(), chosen('role'), chosen('all'), chosen('other')]).toEqual([0, 0, 0, 0]);
});
