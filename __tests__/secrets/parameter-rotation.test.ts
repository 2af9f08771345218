import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { parameterRotation } from '../../provisioner/secrets/parameter-rotation';

/** A Parameter Store in memory that writes down what is asked of it. */
function fakeClient(values: Record<string, string>, fail?: Error) {
  const asked: string[] = [];
  const send = async (command: unknown): Promise<unknown> => {
    if (fail !== undefined) throw fail;
    if (command instanceof GetParameterCommand) {
      const name = command.input.Name ?? '';
      const value = values[name];
      asked.push(`get ${name} ${command.input.WithDecryption}`);
      if (value === undefined) throw new ParameterNotFound({ $metadata: {}, message: 'no' });
      return { Parameter: { Value: value, Version: 3 } };
    }
    if (command instanceof PutParameterCommand) {
      const { Name, Overwrite, KeyId } = command.input;
      asked.push(`put ${Name} ${Overwrite}${KeyId === undefined ? '' : ` ${KeyId}`}`);
      values[command.input.Name ?? ''] = command.input.Value ?? '';
    }
    if (command instanceof DeleteParameterCommand) {
      asked.push(`delete ${command.input.Name}`);
      if (values[command.input.Name ?? ''] === undefined)
        throw new ParameterNotFound({ $metadata: {}, message: 'no' });
    }
    return {};
  };
  // The one method of the client that is used, with as much of its answers as is looked at.
  return { asked, rotation: parameterRotation({ send } as never) };
}

test('two parameters are the same when their values are, and when both are there', async () => {
  const { rotation } = fakeClient({ '/a': 'x', '/b': 'x', '/c': 'y' });
  expect(await rotation.same('/a', '/b')).toBe(true);
  expect(await rotation.same('/a', '/c')).toBe(false);
  expect(await rotation.same('/a', '/none')).toBe(false);
  expect(await rotation.same('/none', '/none')).toBe(false);
});

test('a copy makes the value the newest of the other', async () => {
  const values: Record<string, string> = { '/a:2': 'old', '/a': 'new' };
  const { asked, rotation } = fakeClient(values);
  await rotation.copy('/a:2', '/a');
  expect(values['/a']).toBe('old');
  expect(asked).toEqual(['get /a:2 true', 'put /a true']);
});

test('a copy is encrypted with the key that is named: Parameter Store keeps none from before', async () => {
  const { asked, rotation } = fakeClient({ '/a': 'x' });
  await rotation.copy('/a', '/b', { kmsKeyArn: 'arn:aws:kms:x' });
  expect(asked.at(-1)).toBe('put /b true arn:aws:kms:x');
});

test('what is not there is not copied, and is no error to remove', async () => {
  const { rotation } = fakeClient({});
  await expect(rotation.copy('/none', '/a')).rejects.toThrow('/none is not there');
  await expect(rotation.remove('/none')).resolves.toBeUndefined();
  expect(await rotation.version('/none')).toBeUndefined();
});

test('a version is asked for without decryption', async () => {
  const { asked, rotation } = fakeClient({ '/a': 'x' });
  expect(await rotation.version('/a')).toBe(3);
  expect(asked).toEqual(['get /a false']);
});

test('a refusal says what it takes, and no value', async () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const { rotation } = fakeClient({ '/a': 'the secret' }, denied);
  await expect(rotation.same('/a', '/b')).rejects.toThrow(/decrypt the parameter \/a.*kms:Decrypt/s);
  await expect(rotation.remove('/a')).rejects.toThrow('ssm:DeleteParameter');
});
