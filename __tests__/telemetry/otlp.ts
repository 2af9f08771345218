/**
 * Reads an ExportTraceServiceRequest of OTLP: enough of protobuf's wire format for the fields that the tests look at.
 * Field numbers: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 is an error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: Readonly<Record<string, unknown>>;
}

export function spansIn(request: Buffer): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(messages(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1));
    return messages(resourceSpans, 2).flatMap((scope) =>
      messages(scope, 2).map((span) => spanOf(span, resource)),
    );
  });
}

function spanOf(span: Buffer, resource: ReceivedSpan['resource']): ReceivedSpan {
  const [status = Buffer.alloc(0)] = messages(span, 15);
  return {
    traceId: messages(span, 1)[0]?.toString('hex') ?? '',
    spanId: messages(span, 2)[0]?.toString('hex') ?? '',
    parentId: messages(span, 4)[0]?.toString('hex') ?? '',
    name: text(span, 5),
    start: number(span, 7) / 1e6,
    end: number(span, 8) / 1e6,
    attributes: attributesOf(messages(span, 9)),
    status: { code: number(status, 3), message: text(status, 2) },
    resource,
  };
}

function attributesOf(pairs: readonly Buffer[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => [text(pair, 1), attributeValue(messages(pair, 2)[0] ?? Buffer.alloc(0))]),
  );
}

function attributeValue(value: Buffer): unknown {
  const [field] = fields(value);
  if (field === undefined) return undefined;
  if (field.number === 1) return String(field.content);
  return field.number === 2 ? field.content === 1 : field.content;
}

function text(message: Buffer, wanted: number): string {
  return messages(message, wanted)[0]?.toString('utf8') ?? '';
}

function number(message: Buffer, wanted: number): number {
  const content = fields(message).find((field) => field.number === wanted)?.content;
  return typeof content === 'number' ? content : 0;
}

function messages(message: Buffer, wanted: number): Buffer[] {
  return fields(message).flatMap(({ number: at, content }) =>
    at === wanted && Buffer.isBuffer(content) ? [content] : [],
  );
}

/** Wire types: 0 varint, 1 eight bytes, 2 with a length, 5 four bytes. */
function fields(message: Buffer): { number: number; content: number | Buffer }[] {
  const found: { number: number; content: number | Buffer }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag & 7;
    if (type === 0) found.push({ number: tag >> 3, content: varint() });
    else if (type === 1) {
      found.push({ number: tag >> 3, content: Number(message.readBigUInt64LE(at)) });
      at += 8;
    } else if (type === 2) {
      const length = varint();
      found.push({ number: tag >> 3, content: message.subarray(at, at + length) });
      at += length;
    } else if (type === 5) {
      found.push({ number: tag >> 3, content: message.readUInt32LE(at) });
      at += 4;
    } else throw new Error(`no wire type: ${type}`);
  }
  return found;
}
