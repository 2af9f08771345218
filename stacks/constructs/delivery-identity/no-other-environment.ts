import type { StateBackend } from '../../../environments/backend';
import type { Statement } from '../policy';

export interface OneEnvironment {
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  /** Value of the tag `environment` of everything in it. */
  readonly environment: string;
  readonly partition: string;
  readonly accountId: string;
  /** Path of its secrets in Parameter Store, `/<project>/<environment>`. */
  readonly parameterPrefix: string;
  /** Where its state is: in a bucket that other environments have theirs in. */
  readonly state: StateBackend;
}

/**
 * Keeps whoever may do nearly everything in the account to one environment of those in it. Most things carry the tag
 * `environment`; S3 and Parameter Store do not look at tags, and the store of the states is everybody's: those by name. In a
 * policy of the account's own: another account lets nobody in unless its own policies say so.
 */
export function noOtherEnvironment(one: OneEnvironment): readonly Statement[] {
  const deny = { effect: 'Deny', resources: ['*'] } as const;
  return [
    // The zone of the host names may be another environment's, and has records of both.
    { ...deny, sid: 'NothingTaggedOtherwise', notActions: ['route53:*'], ...taggedOtherwise(one, 'aws') },
    // What Run Command and Session Manager call the tags of a node.
    {
      ...deny,
      sid: 'NoOtherNodes',
      actions: ['ssm:SendCommand', 'ssm:StartSession'],
      ...taggedOtherwise(one, 'ssm'),
    },
    noOtherBuckets(one),
    noOtherParameters(one),
    ...storeOfStates(one),
  ];
}

/** `shared` is what `bootstrap` makes: the store of the states. */
function taggedOtherwise(
  { environment }: OneEnvironment,
  service: 'aws' | 'ssm',
): Pick<Statement, 'condition'> {
  const tag = `${service === 'aws' ? 'aws:ResourceTag' : 'ssm:resourceTag'}/environment`;
  return { condition: { StringNotEquals: { [tag]: [environment, 'shared'] }, Null: { [tag]: 'false' } } };
}

/** AWS's own, which agents fetch from, are in accounts of AWS. */
function noOtherBuckets({ partition, name, accountId, state }: OneEnvironment): Statement {
  const bucket = (path: string) => `arn:${partition}:s3:::${path}`;
  return {
    sid: 'NoOtherBuckets',
    effect: 'Deny',
    actions: ['s3:*'],
    notResources: [bucket(`${name}-*`), bucket(state.bucket), bucket(`${state.bucket}/${state.key}`)],
    condition: { StringEquals: { 'aws:ResourceAccount': accountId } },
  };
}

function noOtherParameters({ partition, accountId, parameterPrefix }: OneEnvironment): Statement {
  const own = `arn:${partition}:ssm:*:${accountId}:parameter${parameterPrefix}`;
  return {
    sid: 'NoOtherParameters',
    effect: 'Deny',
    actions: [
      'ssm:GetParameter*',
      'ssm:PutParameter',
      'ssm:DeleteParameter*',
      'ssm:LabelParameterVersion',
      'ssm:UnlabelParameterVersion',
    ],
    // Public parameters of AWS name the images of the nodes.
    notResources: [own, `${own}/*`, `arn:${partition}:ssm:*::parameter/aws/*`],
  };
}

/** The bucket and the table themselves are not for an environment to change; of the locks it has its own. */
function storeOfStates({ partition, state, parameterPrefix }: OneEnvironment): readonly Statement[] {
  const table = `arn:${partition}:dynamodb:*:*:table/${state.dynamodbTable}`;
  const items = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
  const lock = `${state.bucket}/${state.key}`;
  return [
    {
      sid: 'TheBucketOfStatesStays',
      effect: 'Deny',
      notActions: ['s3:Get*', 's3:List*'],
      resources: [`arn:${partition}:s3:::${state.bucket}`],
    },
    {
      sid: 'TheTableOfLocksStays',
      effect: 'Deny',
      notActions: [...items, 'dynamodb:Describe*'],
      resources: [table, `${table}/*`],
    },
    {
      sid: 'NoOtherLocks',
      effect: 'Deny',
      actions: items,
      resources: [table],
      condition: {
        'ForAnyValue:StringNotEquals': {
          // Terraform's lock, its checksum of the state, and the lease of the provisioner.
          'dynamodb:LeadingKeys': [lock, `${lock}-md5`, `stagecraft${parameterPrefix}/provision`],
        },
      },
    },
  ];
}
