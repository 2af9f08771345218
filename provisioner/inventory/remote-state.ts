import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { exitCodes, UserError } from '../errors';
import { inventoryIn, OUTPUT } from './outputs';
import { stateProblem } from './remote-state-errors';
import type { InventorySource } from './source';
import type { StateLocation } from './state-location';

/** The one thing that is asked of S3: an object's text. */
export type ReadObject = (location: StateLocation) => Promise<string>;

/** The inventory among the outputs of an environment's Terraform state in S3. Needs no terraform, only `s3:GetObject`. */
export function remoteStateSource(
  location: StateLocation,
  environment: string,
  readObject: ReadObject = objectReader(stateClient(location.region)),
): InventorySource {
  const where = `s3://${location.bucket}/${location.key}`;
  const refresh = `Run \`cdktf deploy ${environment}\`.`;
  return {
    environment,
    where,
    refresh,
    read: async () => {
      const text = await readObject(location).catch((error: unknown) => {
        throw stateProblem(error, location, environment);
      });
      const found = inventoryIn(stateOutputs(text, where), environment);
      if (found !== undefined) return found;
      throw new UserError(
        `The Terraform state ${where} has no output '${OUTPUT}'.`,
        `The environment was destroyed, its first deploy did not finish, or an older stagecraft made it. ${refresh}`,
      );
    },
  };
}

/** Reads objects with the AWS SDK. */
export function objectReader(client: S3Client): ReadObject {
  return async ({ bucket, key, accountId }) => {
    const object = { Bucket: bucket, Key: key, ExpectedBucketOwner: accountId };
    const { Body } = await client.send(new GetObjectCommand(object));
    return (await Body?.transformToString('utf-8')) ?? '';
  };
}

/** Credentials as everywhere in AWS (environment, profile, SSO, instance role); gives up on a dead network within a minute. */
export function stateClient(region: string): S3Client {
  return new S3Client({
    region,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    // S3 stand-ins on one host name have no host name for each bucket.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
  });
}

function stateOutputs(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(
      `The object ${where} is not a Terraform state: it is not JSON.`,
      'The bucket keeps earlier versions: look at them with `aws s3api list-object-versions`, and at who wrote the latest.',
      exitCodes.taskFailed,
    );
  }
}
