import { blocksOf, textOf } from '../../terraform/values';
import type { Estimators } from '../estimator';

/** What stands between the audience and the platform. */
export const edge: Estimators = {
  aws_cloudfront_distribution: (_resource, { usage }) => [
    { what: 'delivery', price: 'cloudfront.gb', quantity: usage.cdnGb, assumed: true },
    { what: 'requests', price: 'cloudfront.requests', quantity: usage.siteMillions, assumed: true },
  ],
  aws_cloudfront_function: (_resource, { usage }) => [
    { what: 'invocations', price: 'cloudfront.functions', quantity: usage.siteMillions, assumed: true },
  ],
  // A managed rule group counts as one rule (AWS WAF pricing). The groups of AWS that cost extra are named here.
  aws_wafv2_web_acl: ({ properties }, { usage }) => {
    const rules = blocksOf(properties.rule ?? parsed(properties.rule_json));
    const dear = rules.filter((rule) =>
      /AWSManagedRules(BotControl|ATP|ACFP|AntiDDoS)RuleSet/.test(JSON.stringify(rule)),
    );
    const requests = textOf(properties.scope) === 'CLOUDFRONT' ? usage.siteMillions : usage.apiMillions;
    return [
      { what: 'web ACL', price: 'waf.acl', quantity: 1 },
      ...(rules.length === 0
        ? []
        : [{ what: `${rules.length} rules`, price: 'waf.rule', quantity: rules.length }]),
      { what: 'requests', price: 'waf.requests', quantity: requests, assumed: true },
      ...dear.map(() => ({ what: 'rule group that is billed extra', price: 'waf.extraGroup', quantity: 1 })),
    ];
  },
  aws_wafv2_rule_group: ({ properties }) => [
    { what: 'rules', price: 'waf.rule', quantity: 1 + blocksOf(properties.rule).length },
  ],
};

function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}
