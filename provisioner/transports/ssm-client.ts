import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

/** Calls as they leave the machine: every attempt counts, and every one that the service throttled. */
export interface CallCounter {
  apiCalls: number;
  throttles: number;
}

/**
 * An SSM client that backs off as the service asks for (the SDK's adaptive mode: exponential with jitter, and a rate
 * that follows the throttling) and counts its calls.
 */
export function countingSsmClient(config: SSMClientConfig): { client: SSMClient; calls: CallCounter } {
  const calls: CallCounter = { apiCalls: 0, throttles: 0 };
  const client = new SSMClient({ retryMode: 'adaptive', maxAttempts: 12, ...config });
  client.middlewareStack.add(
    (next) => async (args) => {
      calls.apiCalls += 1;
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && /Throttl|TooManyRequests|RequestLimitExceeded/.test(error.name))
          calls.throttles += 1;
        throw error;
      }
    },
    // Inside the retry loop, which sits early in this step.
    { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
  );
  return { client, calls };
}
