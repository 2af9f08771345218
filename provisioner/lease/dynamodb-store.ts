import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { UserError } from '../errors';
import type { LeasePlace } from './dynamodb-place';
import { leaseProblem } from './dynamodb-problem';
import { type LeaseRecord, leaseRecord } from './record';
import type { Expected, LeaseStore, Written } from './store';

/**
 * A client for leases. What is asked of the table is small and has to be answered soon: a run waits for it, or a
 * lease ends. Times in milliseconds.
 */
export function leaseClient(config: DynamoDBClientConfig): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...config,
  });
}

/**
 * A lease in the lock table of the Terraform state, beside Terraform's own locks. Their ids end in `.tfstate` and
 * `.tfstate-md5` (bucket and key of the state), this one in `/provision`. Reads are consistent and writes conditional.
 */
export function dynamoDbStore(place: LeasePlace, client: Pick<DynamoDBClient, 'send'>): LeaseStore {
  const { table, region, project, environment } = place;
  const key = { LockID: { S: `stagecraft/${project}/${environment}/provision` } };
  const where = `the table ${table} (${region})`;
  const conditional = (call: Promise<unknown>): Promise<Written> =>
    call.then(
      (): Written => ({ done: true }),
      (error: unknown): Written => {
        if (!(error instanceof ConditionalCheckFailedException)) throw leaseProblem(error, place);
        return { done: false, current: recordIn(error.Item, where) };
      },
    );
  return {
    where,
    reach: 'everywhere',
    read: async () => {
      const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
      const { Item } = await client.send(command).catch((error: unknown) => {
        throw leaseProblem(error, place);
      });
      return recordIn(Item, where);
    },
    write: (record, expected) =>
      conditional(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...key, ...attributesOf(record) },
            ...condition(expected),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      ),
    remove: (id) =>
      conditional(
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: key,
            ConditionExpression: 'LeaseId = :id',
            ExpressionAttributeValues: { ':id': { S: id } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      ),
  };
}

/** `Info` holds the whole record, as in Terraform's own items; the other two are what conditions look at. */
function attributesOf(record: LeaseRecord): Record<string, AttributeValue> {
  return {
    LeaseId: { S: record.id },
    Renewals: { N: String(record.renewals) },
    Info: { S: JSON.stringify(record) },
  };
}

function condition(
  expected: Expected,
): Pick<PutItemCommand['input'], 'ConditionExpression' | 'ExpressionAttributeValues'> {
  if (expected === 'free') return { ConditionExpression: 'attribute_not_exists(LockID)' };
  return {
    ConditionExpression: 'LeaseId = :id AND Renewals = :renewals',
    ExpressionAttributeValues: { ':id': { S: expected.id }, ':renewals': { N: String(expected.renewals) } },
  };
}

function recordIn(item: Record<string, AttributeValue> | undefined, where: string): LeaseRecord | undefined {
  if (item === undefined) return undefined;
  const record = leaseRecord.safeParse(json(item.Info?.S ?? ''));
  if (record.success) return record.data;
  throw new UserError(
    `The lease in ${where} is not in a form that this version knows.`,
    `Another version of stagecraft may be at work. Its item is ${item.LockID?.S}: look who it is, and delete it only if that run is gone.`,
  );
}

function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
