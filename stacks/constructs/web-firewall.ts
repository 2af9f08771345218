import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { Wafv2IpSet } from '@cdktf/provider-aws/lib/wafv2-ip-set';
import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl';
import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association';
import { Wafv2WebAclLoggingConfiguration } from '@cdktf/provider-aws/lib/wafv2-web-acl-logging-configuration';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import type { Mark } from './frontend/mark';
import { globalRegion } from './global-region';
import type { LoadBalancer } from './load-balancer';
import { type RulesArgs, rulesOf, visible } from './web-firewall/rules';

export interface WebFirewallArgs extends RulesArgs {
  /** Name of the web ACL and start of the others, unique in the account and region; up to 100 characters. */
  readonly name: string;
  /** What it stands in front of. CloudFront's is in us-east-1. */
  readonly of: 'site' | 'loadBalancer';
  /** Blocks that pass without any other rule. */
  readonly allow: readonly string[];
  /** Blocks that are always turned away. */
  readonly deny: readonly string[];
  /**
   * Requests that carry it do not count towards the rates by address. Behind CloudFront all people have CloudFront's
   * addresses: a limit by address would turn the audience away, and the header that names the real one can be forged by
   * whoever asks the load balancer directly. Default: none.
   */
  readonly exempt?: Mark;
  /** Production: a year of logs (else 30 days). */
  readonly production: boolean;
}

type Scope = { readonly scope: 'CLOUDFRONT' | 'REGIONAL'; readonly region?: string };

/**
 * A web ACL of AWS WAF: address lists, rate limits for the site and stricter ones where seats are booked (bots and macros
 * are this business's enemy), and AWS's groups of rules: reputation of addresses, known bad inputs, the common ones, SQL
 * injection. What it blocks or counts is logged, without credentials.
 *
 * The deny list is there even when it is empty: in an attack, addresses put into it in the console count at once; the next
 * deployment restores what the environment says.
 *
 * Cost: 5 USD a month, 1 USD for each of its 8 or 9 rules, 0.60 USD for each million requests, the same in all regions;
 * logs 0.76 USD a GB. Bot Control: see `edge.firewall.botControl`.
 */
export class WebFirewall extends Construct {
  readonly #args: WebFirewallArgs;
  readonly #scope: Scope;
  readonly #acl: Wafv2WebAcl;

  constructor(scope: Construct, id: string, args: WebFirewallArgs) {
    super(scope, id);
    this.#args = args;
    this.#scope = args.of === 'site' ? { scope: 'CLOUDFRONT', region: globalRegion } : { scope: 'REGIONAL' };
    const allow = args.allow.length === 0 ? [] : this.#addressSets('allow', args.allow);
    const deny = this.#addressSets('deny', args.deny);
    this.#acl = new Wafv2WebAcl(this, 'acl', {
      ...this.#scope,
      name: args.name,
      description: args.of === 'site' ? 'In front of CloudFront' : 'In front of the load balancer',
      defaultAction: { allow: {} },
      rule: rulesOf(args, { allow, deny, ...(args.exempt === undefined ? {} : { exempt: args.exempt }) }),
      visibilityConfig: visible(args.name),
    });
    this.#log();
  }

  /** For the `web_acl_id` of a distribution. */
  get arn(): string {
    return this.#acl.arn;
  }

  /** Stands in front of a load balancer. A distribution names its web ACL itself. */
  protect(loadBalancer: LoadBalancer): void {
    new Wafv2WebAclAssociation(this, 'association', {
      resourceArn: loadBalancer.arn,
      webAclArn: this.#acl.arn,
    });
  }

  /** A set has addresses of one version only, so a list is two sets (ARNs). */
  #addressSets(list: 'allow' | 'deny', blocks: readonly string[]): readonly string[] {
    return (['IPV4', 'IPV6'] as const).map(
      (ipAddressVersion) =>
        new Wafv2IpSet(this, `${list}-${ipAddressVersion.toLowerCase()}`, {
          ...this.#scope,
          name: `${this.#args.name}-${list}-${ipAddressVersion.toLowerCase()}`,
          ipAddressVersion,
          addresses: blocks.filter((block) => block.includes(':') === (ipAddressVersion === 'IPV6')),
        }).arn,
    );
  }

  /** AWS WAF insists on the start of the name. What passes is not logged: that is the access logs' business. */
  #log(): void {
    const { region } = this.#scope;
    const place = region === undefined ? {} : { region };
    const group = new CloudwatchLogGroup(this, 'log', {
      ...place,
      name: `aws-waf-logs-${this.#args.name}`,
      retentionInDays: this.#args.production ? 365 : 30,
    });
    acceptFindings(group, {
      CKV_AWS_158:
        'encrypted with a key of CloudWatch Logs; that of the environment is in another region than half of them',
      ...(this.#args.production ? {} : { CKV_AWS_338: 'a month is enough outside production' }),
    });
    new Wafv2WebAclLoggingConfiguration(this, 'logging', {
      ...place,
      resourceArn: this.#acl.arn,
      logDestinationConfigs: [group.arn],
      redactedFields: [{ singleHeader: { name: 'authorization' } }, { singleHeader: { name: 'cookie' } }],
      loggingFilter: {
        defaultBehavior: 'DROP',
        filter: [
          {
            behavior: 'KEEP',
            requirement: 'MEETS_ANY',
            condition: [
              { actionCondition: { action: 'BLOCK' } },
              { actionCondition: { action: 'COUNT' } },
              { actionCondition: { action: 'EXCLUDED_AS_COUNT' } },
            ],
          },
        ],
      },
    });
  }
}
