import { UserError } from '../../provisioner/errors';
import { inProcess } from './in-process';

const failing = (error: Error) =>
  inProcess(
    (program) =>
      program.command('try').action(() => {
        throw error;
      }),
    'try',
  );

test('an error is told with what to do about it', async () => {
  expect(await failing(new UserError('n is gone.', 'Bring it back.'))).toMatchObject({
    code: 1,
    stderr: 'error: n is gone.\n  Bring it back.\n',
  });
});

test('an error that quotes a node does not draw on the terminal, and has no second line at the margin', async () => {
  const { stderr } = await failing(new UserError('n: \u001b[2Jgone\nRECAP\n    | more', 'Look.'));
  expect(stderr).toBe('error: n: gone\n  RECAP\n    | more\n  Look.\n');
});
