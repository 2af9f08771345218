import type { SSMClient } from '@aws-sdk/client-ssm';
import { UserError } from '../errors';

/** What is used of an SSM client. */
export type ParameterClient = Pick<SSMClient, 'send'>;

/** What the service says no to, and what it takes. */
export function refused(verb: keyof typeof actions, name: string, error: unknown): UserError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new UserError(
    `cannot ${verb} the parameter ${name}: ${reason}`,
    `Check the credentials and the region, and that they are allowed ${actions[verb]} on it.`,
  );
}

const actions = {
  read: 'ssm:GetParameter',
  decrypt: 'ssm:GetParameter (and kms:Decrypt for its key)',
  create: 'ssm:PutParameter (and kms:Encrypt for its key)',
  overwrite: 'ssm:PutParameter (and kms:Encrypt for its key)',
  delete: 'ssm:DeleteParameter',
} as const;
