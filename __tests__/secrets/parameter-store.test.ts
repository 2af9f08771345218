import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { UserError } from '../../provisioner/errors';
import type { ParameterClient } from '../../provisioner/secrets/parameter-client';
import { parameterStore } from '../../provisioner/secrets/parameter-store';

const canary = 'c4n4ry';

/** A Parameter Store in memory that answers as the service does. */
function fakeStore(content: Record<string, string> = {}, failure?: Error) {
  const parameters = new Map(Object.entries(content));
  const puts: PutParameterCommandInput[] = [];
  const decrypted: unknown[] = [];
  const send = async (command: unknown) => {
    if (failure !== undefined) throw failure;
    if (command instanceof GetParameterCommand) {
      decrypted.push(command.input.WithDecryption);
      const { Name = '' } = command.input;
      if (!parameters.has(Name)) throw new ParameterNotFound({ message: '', $metadata: {} });
      return { Parameter: { Name, Value: 'cipher text' } };
    }
    if (command instanceof PutParameterCommand) {
      puts.push(command.input);
      const { Name = '', Value = '', Overwrite } = command.input;
      if (parameters.has(Name) && Overwrite !== true)
        throw new ParameterAlreadyExists({ message: '', $metadata: {} });
      parameters.set(Name, Value);
      return { Version: 1 };
    }
    throw new Error('not a command that the store may send');
  };
  // The store uses `send` alone; the client's many overloads can't be written as one function.
  const client = { send } as unknown as ParameterClient;
  return { store: parameterStore(client), parameters, puts, decrypted };
}

it('says whether a parameter exists, without decrypting it', async () => {
  const { store, decrypted } = fakeStore({ '/a/b': 'x' });
  expect(await store.exists('/a/b')).toBe(true);
  expect(await store.exists('/a/c')).toBe(false);
  expect(decrypted).toEqual([false, false]);
});

it('creates a SecureString, with the environment’s key where there is one', async () => {
  const { store, puts } = fakeStore();
  await store.create('/a/b', canary);
  await store.create('/a/c', canary, { kmsKeyArn: 'arn:aws:kms:x', description: 'what for' });
  expect(puts).toEqual([
    { Name: '/a/b', Value: canary, Type: 'SecureString', Tier: 'Standard', Overwrite: false },
    {
      Name: '/a/c',
      Value: canary,
      Type: 'SecureString',
      Tier: 'Standard',
      Overwrite: false,
      KeyId: 'arn:aws:kms:x',
      Description: 'what for',
    },
  ]);
});

it('keeps the value of whoever was first', async () => {
  const { store, parameters } = fakeStore({ '/a/b': 'first' });
  await store.create('/a/b', canary);
  expect(parameters.get('/a/b')).toBe('first');
});

it('says what to do when the service refuses, and never the value', async () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const { store } = fakeStore({}, denied);
  const error = await store.create('/a/b', canary).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain('/a/b');
  expect(String(error)).toContain('AccessDeniedException');
  expect(String(error)).toContain('ssm:PutParameter');
  expect(JSON.stringify(error)).not.toContain(canary);
  await expect(store.exists('/a/b')).rejects.toThrow('ssm:GetParameter');
});
