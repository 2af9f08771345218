import type { Wafv2WebAclRule } from '@cdktf/provider-aws/lib/wafv2-web-acl';
import type { Mark } from '../frontend/mark';

/** What the rules are made from; see the fields of `edge.firewall`. */
export interface RulesArgs {
  /** Start of the metrics' names. */
  readonly name: string;
  /** `count`: everything but the deny list only counts. */
  readonly mode: 'block' | 'count';
  /** Requests from one address in five minutes. */
  readonly siteRequests: number;
  /** Paths with the stricter rates, and all below them; empty: there are none. */
  readonly bookingPaths: readonly string[];
  /** Requests to the booking paths from one address in five minutes. */
  readonly bookingRequests: number;
  /** Requests to the booking paths with one `Authorization` header in five minutes. */
  readonly bookingRequestsPerLogin: number;
  /** Rules of AWS's groups that only count, by group. */
  readonly countOnly: Readonly<Record<ManagedGroup, readonly string[]>>;
  /** Whether AWS Bot Control is among the rules. */
  readonly botControl: boolean;
}

/** AWS's groups of rules that every web ACL has. */
export type ManagedGroup = 'ipReputation' | 'knownBadInputs' | 'common' | 'sqlInjection';

/** The IP sets (ARNs) and the mark that rules refer to. */
export interface References {
  /** Sets that pass; empty: no such rule. */
  readonly allow: readonly string[];
  /** Sets that are turned away. */
  readonly deny: readonly string[];
  /** Requests that carry it were counted already, at CloudFront, by the address they really come from. */
  readonly exempt?: Mark;
}

/** A statement of AWS WAF as Terraform writes it: the bindings leave its type open, for it nests. */
type WafStatement = Readonly<Record<string, unknown>>;

type Unnumbered = Omit<Wafv2WebAclRule, 'priority' | 'visibilityConfig'>;

/**
 * The rules in the order in which they are asked: lists, then rate limits, which are cheap and end floods, then what
 * looks into requests.
 */
export function rulesOf(args: RulesArgs, references: References): Wafv2WebAclRule[] {
  const rules: readonly Unnumbered[] = [
    ...(references.allow.length === 0
      ? []
      : [{ name: 'allow', action: { allow: {} }, statement: inAny(references.allow) }]),
    { name: 'deny', action: { block: {} }, statement: inAny(references.deny) },
    ...rateLimits(args, references.exempt),
    ...managedGroups(args),
  ];
  return rules.map((rule, priority) => ({
    ...rule,
    priority,
    visibilityConfig: visible(`${args.name}-${rule.name}`),
  }));
}

/** Metrics and samples of the requests that a rule met. */
export function visible(metricName: string): Wafv2WebAclRule['visibilityConfig'] {
  return { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}

function rateLimits(args: RulesArgs, exempt: Mark | undefined): readonly Unnumbered[] {
  const honest = exempt === undefined ? [] : [not(carries(exempt))];
  const booking = args.bookingPaths.map(under);
  const action = args.mode === 'count' ? { count: {} } : { block: tooMany };
  const limits: readonly (readonly [string, WafStatement])[] = [
    ...(booking.length === 0
      ? []
      : ([
          ['booking-rate-by-address', perAddress(args.bookingRequests, every([any(booking), ...honest]))],
          // A login tells people apart wherever they come from: here CloudFront's requests count as well.
          ['booking-rate-by-login', perLogin(args.bookingRequestsPerLogin, any(booking))],
        ] as const)),
    ['site-rate-by-address', perAddress(args.siteRequests, honest.length === 0 ? undefined : every(honest))],
  ];
  return limits.map(([name, statement]) => ({ name, action, statement }));
}

/** RFC 6585: 429, and when to come back; the window is five minutes. */
const tooMany: NonNullable<NonNullable<Wafv2WebAclRule['action']>['block']> = {
  customResponse: { responseCode: 429, responseHeader: [{ name: 'retry-after', value: '300' }] },
};

const groupNames: Readonly<Record<ManagedGroup, string>> = {
  ipReputation: 'AWSManagedRulesAmazonIpReputationList',
  knownBadInputs: 'AWSManagedRulesKnownBadInputsRuleSet',
  common: 'AWSManagedRulesCommonRuleSet',
  sqlInjection: 'AWSManagedRulesSQLiRuleSet',
};

function managedGroups(args: RulesArgs): readonly Unnumbered[] {
  const overrideAction = args.mode === 'count' ? { count: {} } : { none: {} };
  const group = (name: string, more: WafStatement): Unnumbered => ({
    name,
    overrideAction,
    statement: { managed_rule_group_statement: { vendor_name: 'AWS', name, ...more } },
  });
  // The order of `groupNames`: what is known of an address comes before what is read of a request.
  const always = Object.entries(groupNames).map(([key, name]) => {
    // The keys of a Record over the type.
    const rules = args.countOnly[key as ManagedGroup];
    return group(
      name,
      rules.length === 0
        ? {}
        : { rule_action_override: rules.map((rule) => ({ name: rule, action_to_use: { count: {} } })) },
    );
  });
  if (!args.botControl) return always;
  const inspection = { aws_managed_rules_bot_control_rule_set: { inspection_level: 'COMMON' } };
  return [...always, group('AWSManagedRulesBotControlRuleSet', { managed_rule_group_configs: [inspection] })];
}

function perAddress(limit: number, scope: WafStatement | undefined): WafStatement {
  return rate({ limit, aggregate_key_type: 'IP' }, scope);
}

function perLogin(limit: number, scope: WafStatement): WafStatement {
  const header = { name: 'authorization', text_transformation: [{ priority: 0, type: 'NONE' }] };
  return rate({ limit, aggregate_key_type: 'CUSTOM_KEYS', custom_key: [{ header }] }, scope);
}

function rate(key: WafStatement, scope: WafStatement | undefined): WafStatement {
  return {
    rate_based_statement: {
      ...key,
      evaluation_window_sec: 300,
      ...(scope === undefined ? {} : { scope_down_statement: scope }),
    },
  };
}

/** A path and all below it, however it is written. */
function under(path: string): WafStatement {
  return {
    byte_match_statement: {
      search_string: path.toLowerCase(),
      positional_constraint: 'STARTS_WITH',
      field_to_match: { uri_path: {} },
      text_transformation: [
        { priority: 0, type: 'URL_DECODE' },
        { priority: 1, type: 'NORMALIZE_PATH' },
        { priority: 2, type: 'LOWERCASE' },
      ],
    },
  };
}

function carries(mark: Mark): WafStatement {
  return {
    byte_match_statement: {
      search_string: mark.value,
      positional_constraint: 'EXACTLY',
      field_to_match: { single_header: { name: mark.header } },
      text_transformation: [{ priority: 0, type: 'NONE' }],
    },
  };
}

function inAny(sets: readonly string[]): WafStatement {
  return any(sets.map((arn) => ({ ip_set_reference_statement: { arn } })));
}

function not(statement: WafStatement): WafStatement {
  return { not_statement: { statement: [statement] } };
}

/** AWS WAF takes `or` and `and` of two statements at least. */
function any(statements: readonly WafStatement[]): WafStatement {
  return combine('or_statement', statements);
}

function every(statements: readonly WafStatement[]): WafStatement {
  return combine('and_statement', statements);
}

function combine(kind: string, statements: readonly WafStatement[]): WafStatement {
  const [first, ...others] = statements;
  if (first === undefined) throw new Error(`an ${kind} of nothing`);
  return others.length === 0 ? first : { [kind]: { statement: [...statements] } };
}
