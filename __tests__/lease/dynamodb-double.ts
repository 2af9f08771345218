import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';

type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const item = z.record(z.string(), z.record(z.string(), z.unknown()));
const input = z.looseObject({
  TableName: z.string(),
  Key: item.optional(),
  Item: item.optional(),
  ConditionExpression: z.string().optional(),
  ExpressionAttributeValues: item.optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(['NONE', 'ALL_OLD']).optional(),
  ConsistentRead: z.boolean().optional(),
});
type Input = z.infer<typeof input>;

/** What the service answers in place of doing what it is asked. */
export type Fault =
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly status?: number }
  /** Does it, and then the connection breaks. */
  | { readonly kind: 'answer lost' }
  /** Takes the request, and never answers. */
  | { readonly kind: 'silent' };

/**
 * A stand-in for DynamoDB: one table with the key `LockID`, in the service's JSON 1.0 protocol over loopback HTTP, with
 * the conditional expressions that leases use. Whatever it does not know it refuses as a ValidationException.
 */
export class DynamoDbDouble {
  readonly items = new Map<string, Item>();
  readonly requests: { readonly operation: string; readonly input: Input }[] = [];
  /** The next requests get these; when they are used up, `always` decides. */
  readonly faults: Fault[] = [];
  always: Fault | undefined;

  private constructor(
    private readonly server: Server,
    readonly table: string,
  ) {}

  static async start(table: string): Promise<DynamoDbDouble> {
    const server = createServer();
    const double = new DynamoDbDouble(server, table);
    server.on('request', (request, response) => void double.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    const asked = input.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    this.requests.push({ operation, input: asked });
    const fault = this.faults.shift() ?? this.always;
    if (fault?.kind === 'silent') return;
    const [status, body] =
      fault?.kind === 'error'
        ? [fault.status ?? 400, refusal(fault.code, fault.message)]
        : this.execute(operation, asked);
    if (fault?.kind === 'answer lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  }

  private execute(operation: string, asked: Input): readonly [number, object] {
    if (asked.TableName !== this.table)
      return [400, refusal('ResourceNotFoundException', 'Requested resource not found')];
    const id = String((asked.Key ?? asked.Item)?.LockID?.S ?? '');
    const current = this.items.get(id);
    if (operation === 'GetItem') {
      if (asked.ConsistentRead !== true)
        return [400, refusal('ValidationException', 'the double reads consistently only')];
      return [200, current === undefined ? {} : { Item: current }];
    }
    const holds = condition(asked, current);
    if (typeof holds === 'string') return [400, refusal('ValidationException', holds)];
    if (!holds) {
      const shown = asked.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && current !== undefined;
      return [
        400,
        {
          ...refusal('ConditionalCheckFailedException', 'The conditional request failed'),
          ...(shown ? { Item: current } : {}),
        },
      ];
    }
    if (operation === 'PutItem' && asked.Item !== undefined) this.items.set(id, asked.Item);
    else if (operation === 'DeleteItem') this.items.delete(id);
    else return [400, refusal('ValidationException', `the double does not know ${operation}`)];
    return [200, {}];
  }
}

/** `attribute_not_exists(NAME)`, or `NAME = :value` joined by AND; text for what it does not know. */
function condition(asked: Input, current: Item | undefined): boolean | string {
  const { ConditionExpression: expression, ExpressionAttributeValues: values = {} } = asked;
  if (expression === undefined) return true;
  const absent = /^attribute_not_exists\((\w+)\)$/.exec(expression)?.[1];
  if (absent !== undefined) return current?.[absent] === undefined;
  const terms = expression.split(' AND ').map((term) => /^(\w+) = (:\w+)$/.exec(term));
  for (const term of terms) {
    const [, name, value] = term ?? [];
    if (name === undefined || value === undefined || values[value] === undefined)
      return `Invalid ConditionExpression: ${expression}`;
    if (JSON.stringify(current?.[name]) !== JSON.stringify(values[value])) return false;
  }
  return true;
}

function refusal(code: string, message: string): object {
  return { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message };
}
