import { SSMClient, type SSMClientConfig, SSMServiceException } from '@aws-sdk/client-ssm';
import { codeOf, firstLine, messageOf, networkCodes } from '../aws-errors';

/** Calls as they leave the machine: every attempt counts, and every one that the service throttled. */
export interface CallCounter {
  apiCalls: number;
  throttles: number;
}

/**
 * SendCommand got no answer: the command may run or not. SSM takes no client token, so the SDK must not send it again by
 * itself (and would, if it found the network error in `cause`): two bundles would run at once.
 */
export class UncertainSend extends Error {
  override readonly name = 'UncertainSend';
}

/** Whether the service answered and said no. */
function isRefusal(error: unknown): boolean {
  const status = error instanceof SSMServiceException ? error.$metadata.httpStatusCode : undefined;
  return status !== undefined && status >= 400 && status < 500;
}

/** Milliseconds: an endpoint that does not answer must not hold a run for good. */
const timeLimits = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** Attempts of one call: about five minutes where nothing answers. AWS's own variable sets another number. */
const ATTEMPTS = 12;

/**
 * An SSM client that backs off as the service asks for (the SDK's adaptive mode: exponential with jitter, and a rate
 * that follows the throttling) and counts its calls.
 *
 * @param tell hears, once until it answers again, that the service does not answer; the calls go on trying meanwhile
 */
export function countingSsmClient(
  config: SSMClientConfig,
  tell: (text: string) => void = () => {},
): { client: SSMClient; calls: CallCounter } {
  const calls: CallCounter = { apiCalls: 0, throttles: 0 };
  let isAnswering = true;
  const client = new SSMClient({
    retryMode: 'adaptive',
    maxAttempts: attemptsIn(process.env) ?? ATTEMPTS,
    requestHandler: timeLimits,
    ...config,
  });
  client.middlewareStack.add(
    (next, context) => async (args) => {
      calls.apiCalls += 1;
      try {
        const answer = await next(args);
        isAnswering = true;
        return answer;
      } catch (error) {
        if (isAnswering && isNetworkError(error)) {
          isAnswering = false;
          tell(`SSM does not answer (${firstLine(messageOf(error))}); trying again for some minutes`);
        }
        if (isThrottled(error)) calls.throttles += 1;
        else if (context.commandName === 'SendCommandCommand' && !isRefusal(error))
          throw new UncertainSend(messageOf(error));
        throw error;
      }
    },
    // Inside the retry loop, which sits early in this step.
    { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
  );
  return { client, calls };
}

/** Whether a call failed that may well come through in a while: it was one too many, the service or the network faltered. */
export function passes(error: unknown): boolean {
  const isServers = error instanceof SSMServiceException && error.$fault === 'server';
  return isServers || isThrottled(error) || isNetworkError(error);
}

function isThrottled(error: unknown): boolean {
  return error instanceof Error && /Throttl|TooManyRequests|RequestLimitExceeded/.test(error.name);
}

function isNetworkError(error: unknown): boolean {
  const known = Object.fromEntries(networkCodes.map((code) => [code, true]));
  return Object.hasOwn(known, codeOf(error, known));
}

function attemptsIn(variables: NodeJS.ProcessEnv): number | undefined {
  const wanted = Number(variables.AWS_MAX_ATTEMPTS);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined;
}
