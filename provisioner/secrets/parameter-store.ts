import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { type ParameterClient, refused } from './parameter-client';
import { parameterRotation } from './parameter-rotation';
import type { SecretOptions, SecretRotation, SecretStore } from './store';

/**
 * Secrets as SecureString parameters of the Parameter Store.
 *
 * @throws UserError from its methods when the service refuses; the text never holds a value
 */
export function parameterStore(client: ParameterClient): SecretStore & SecretRotation {
  return {
    exists: (name) => exists(client, name),
    create: (name, value, options = {}) => create(client, name, value, options),
    ...parameterRotation(client),
  };
}

/** Asks without decryption: what comes back of a SecureString is cipher text. */
async function exists(client: ParameterClient, name: string): Promise<boolean> {
  try {
    await client.send(new GetParameterCommand({ Name: name, WithDecryption: false }));
    return true;
  } catch (error) {
    if (error instanceof ParameterNotFound) return false;
    throw refused('read', name, error);
  }
}

async function create(
  client: ParameterClient,
  name: string,
  value: string,
  { kmsKeyArn, description }: SecretOptions,
): Promise<void> {
  try {
    await client.send(
      new PutParameterCommand({
        Name: name,
        Value: value,
        Type: 'SecureString',
        Tier: 'Standard',
        Overwrite: false,
        ...(kmsKeyArn !== undefined && { KeyId: kmsKeyArn }),
        ...(description !== undefined && { Description: description }),
      }),
    );
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return;
    throw refused('create', name, error);
  }
}
