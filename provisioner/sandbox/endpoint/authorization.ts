import type { Principal } from './credentials';
import { baseName } from './parameter-names';
import { ServiceError } from './service-error';

/** What a call touches: the operation and the parameters that it names. */
export interface Access {
  readonly operation: string;
  readonly input: unknown;
  readonly accountId: string;
  readonly region: string;
}

/**
 * The operator may do anything. A node may do what its instance role allows: read parameters below its environment's
 * prefix. That a role needs no more than this is what the sandbox proves.
 *
 * @throws ServiceError AccessDeniedException
 */
export function authorize(principal: Principal, access: Access): void {
  if (principal.kind === 'operator') return;
  const names = parameterNames(access);
  const denied =
    names === undefined ? '*' : names.map(baseName).find((name) => !below(principal.parameterPrefix, name));
  if (denied !== undefined) throw accessDenied(principal.instanceId, access, denied);
}

/** The parameters that a read names; undefined for every operation that is not such a read. */
function parameterNames({ operation, input }: Access): readonly string[] | undefined {
  // The input is not yet validated: whatever is no string or list of strings names nothing and fails validation later.
  const member = (name: string): unknown =>
    typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
  switch (operation) {
    case 'GetParameter':
      return strings([member('Name')]);
    case 'GetParameters':
      return strings(member('Names'));
    case 'GetParametersByPath':
      return strings([member('Path')]);
    default:
      return undefined;
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function below(prefix: string, name: string): boolean {
  const path = name.replace(/\/+$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

function accessDenied(instanceId: string, access: Access, name: string): ServiceError {
  const { operation, region, accountId } = access;
  const resource =
    name === '*'
      ? `arn:aws:ssm:${region}:${accountId}:*`
      : `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
  return new ServiceError(
    'AccessDeniedException',
    `User: arn:aws:sts::${accountId}:assumed-role/stagecraft-node/${instanceId} is not authorized to perform: ` +
      `ssm:${operation} on resource: ${resource} because no identity-based policy allows the ssm:${operation} action`,
  );
}
