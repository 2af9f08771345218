import {
  DeleteParameterCommand,
  GetParameterCommand,
  type Parameter,
  ParameterNotFound,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { UserError } from '../errors';
import type { ParameterClient } from './parameter-store';
import type { SecretRotation } from './store';

/**
 * Parameter Store keeps up to 100 versions of a parameter; `name:3` is the third. Copying needs the right to decrypt, on
 * the side of the operator: the value is in this process's memory for the time of two calls.
 *
 * @throws UserError from its methods when the service refuses; the text never holds a value
 */
export function parameterRotation(client: ParameterClient): SecretRotation {
  const read = (name: string) => find(client, name, true);
  return {
    async same(one, other) {
      const [first, second] = [await read(one), await read(other)];
      return first?.Value !== undefined && first.Value === second?.Value;
    },
    async copy(from, to) {
      const value = (await read(from))?.Value;
      if (value === undefined)
        throw new UserError(
          `the parameter ${from} is not there: nothing was copied to ${to}`,
          'Did another run finish or undo this rotation meanwhile?',
        );
      await client
        .send(new PutParameterCommand({ Name: to, Value: value, Type: 'SecureString', Overwrite: true }))
        .catch((error: unknown) => {
          throw refused('overwrite', to, error);
        });
    },
    version: async (name) => (await find(client, name, false))?.Version,
    async remove(name) {
      await client.send(new DeleteParameterCommand({ Name: name })).catch((error: unknown) => {
        if (!(error instanceof ParameterNotFound)) throw refused('delete', name, error);
      });
    },
  };
}

async function find(client: ParameterClient, name: string, decrypt: boolean): Promise<Parameter | undefined> {
  try {
    const { Parameter: found } = await client.send(
      new GetParameterCommand({ Name: name, WithDecryption: decrypt }),
    );
    return found;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw refused(decrypt ? 'decrypt' : 'read', name, error);
  }
}

const actions = {
  read: 'ssm:GetParameter',
  decrypt: 'ssm:GetParameter (and kms:Decrypt for its key)',
  create: 'ssm:PutParameter (and kms:Encrypt for its key)',
  overwrite: 'ssm:PutParameter (and kms:Encrypt for its key)',
  delete: 'ssm:DeleteParameter',
} as const;

/** What the service says no to, and what it takes. */
export function refused(verb: keyof typeof actions, name: string, error: unknown): UserError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new UserError(
    `cannot ${verb} the parameter ${name}: ${reason}`,
    `Check the credentials and the region, and that they are allowed ${actions[verb]} on it.`,
  );
}
