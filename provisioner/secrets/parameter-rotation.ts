import {
  DeleteParameterCommand,
  GetParameterCommand,
  type Parameter,
  ParameterNotFound,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { UserError } from '../errors';
import { type ParameterClient, refused } from './parameter-client';
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
    async copy(from, to, { kmsKeyArn } = {}) {
      const value = (await read(from))?.Value;
      if (value === undefined)
        throw new UserError(
          `the parameter ${from} is not there: nothing was copied to ${to}`,
          'Did another run finish or undo this rotation meanwhile?',
        );
      await client
        .send(
          new PutParameterCommand({
            Name: to,
            Value: value,
            Type: 'SecureString',
            Overwrite: true,
            // Parameter Store does not keep the key of the version before.
            ...(kmsKeyArn !== undefined && { KeyId: kmsKeyArn }),
          }),
        )
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
