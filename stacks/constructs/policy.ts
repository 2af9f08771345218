/** A statement of an AWS policy. */
export interface Statement {
  readonly sid: string;
  /** Default: `Allow`. */
  readonly effect?: 'Allow' | 'Deny';
  readonly principal?:
    | '*'
    | { readonly [kind in 'AWS' | 'Service' | 'Federated']?: string | readonly string[] };
  readonly actions?: readonly string[];
  /** Every action but these. */
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  /** Every resource but these. */
  readonly notResources?: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The JSON of a policy document. Tokens of other resources may be anywhere in it. */
export function policyDocument(statements: readonly Statement[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Sid: statement.sid,
      Effect: statement.effect ?? 'Allow',
      Principal: statement.principal,
      Action: statement.actions,
      NotAction: statement.notActions,
      Resource: statement.resources,
      NotResource: statement.notResources,
      Condition: statement.condition,
    })),
  });
}
