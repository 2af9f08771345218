import { Agent, request } from 'node:https';

export interface ApiClientOptions {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** As much of a Kubernetes client as it takes to register nodes. */
export interface ApiClient {
  isReady(): Promise<boolean>;
  /** @throws Error when the API can't be reached; a refusal is a response */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<ApiResponse>;
}

export function apiClient({ port, ca, cert, key }: ApiClientOptions): ApiClient {
  const agent = new Agent({ keepAlive: true, ca, cert, key });
  const call: ApiClient['call'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          method,
          path,
          host: '127.0.0.1',
          port,
          timeout: 10_000,
          headers: {
            accept: 'application/json',
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: parse(Buffer.concat(chunks).toString('utf8')),
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.once('timeout', () => sent.destroy(new Error('the Kubernetes API does not answer')));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    call,
    isReady: async () => {
      try {
        return (await call('GET', '/readyz')).status === 200;
      } catch {
        return false;
      }
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
