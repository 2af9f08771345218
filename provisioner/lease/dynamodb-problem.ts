import { type Advice, codeOf, credentialAdvice, firstLine, messageOf, networkCodes } from '../aws-errors';
import { exitCodes, UserError } from '../errors';
import type { LeasePlace } from './dynamodb-place';

interface Circumstances extends LeasePlace {
  readonly message: string;
}

/**
 * Turns an error of DynamoDB, of the credentials or of the network into what an operator can act on. Codes: "Error
 * handling with DynamoDB" in its developer guide.
 */
export function leaseProblem(error: unknown, place: LeasePlace): UserError {
  if (error instanceof UserError) return error;
  const message = messageOf(error);
  const advise = advisers[codeOf(error, advisers)] ?? unexpected;
  const { what, next } = advise({ ...place, message });
  return new UserError(
    `The lease of '${place.environment}' can't be used: ${what}`,
    next,
    exitCodes.unreachable,
  );
}

const HATCH = 'Or, when it is certain that nobody else runs, go without it: --no-lease.';

const noTable = ({ table, region, environment }: Circumstances): Advice => ({
  what: `there is no lock table ${table} in ${region}.`,
  next:
    'Deploy bootstrap first, once for each account: `cdktf deploy bootstrap`. ' +
    `If you have done so: look at project, region and state.region in environments/${environment}.ts, and at \`aws sts get-caller-identity\`.`,
});

const denied = ({ table, message }: Circumstances): Advice => ({
  what: `access to the lock table ${table} is denied (${firstLine(message)}).`,
  next: `The role needs dynamodb:GetItem, dynamodb:PutItem and dynamodb:DeleteItem on the table ${table}, as for Terraform's own locks. ${HATCH}`,
});

const throttled = ({ table }: Circumstances): Advice => ({
  what: `the lock table ${table} is throttled, after several attempts.`,
  next: `Run again in a minute; if it stays, look at the account's DynamoDB quotas and at who else uses the table. ${HATCH}`,
});

const unreachable = ({ region, message }: Circumstances): Advice => ({
  what: `DynamoDB in ${region} can't be reached (${firstLine(message)}).`,
  next: `Look at the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL_DYNAMODB. ${HATCH}`,
});

const unexpected = ({ table, message }: Circumstances): Advice => ({
  what: `the lock table ${table} answers: ${firstLine(message)}.`,
  next: `Run again. ${HATCH}`,
});

const advisers: Readonly<Record<string, (circumstances: Circumstances) => Advice>> = {
  ...credentialAdvice,
  ResourceNotFoundException: noTable,
  AccessDeniedException: denied,
  ThrottlingException: throttled,
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  ...Object.fromEntries(networkCodes.map((code) => [code, unreachable])),
};
