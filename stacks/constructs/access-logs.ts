import { CloudwatchLogDelivery } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery';
import { CloudwatchLogDeliveryDestination } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination';
import { CloudwatchLogDeliverySource } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-source';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import type { LbAccessLogs } from '@cdktf/provider-aws/lib/lb';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { globalRegion } from './global-region';
import { PrivateBucket } from './private-bucket';

export interface AccessLogsArgs {
  /** `<project>-<environment>`, the start of every name. */
  readonly name: string;
  /** The account that is deployed to; part of the bucket's name, for names of buckets are global. */
  readonly accountId: string;
  /** Region of the load balancer, whose logs go to a bucket of the same region only. */
  readonly region: string;
  /** Days that a log is kept. */
  readonly days: number;
  /** Production: a bucket with logs in it is not destroyed. */
  readonly production: boolean;
}

/**
 * Where the load balancer and CloudFront say who asked for what: one private bucket. SSE-S3, for the logs of a load
 * balancer are written with no other kind of key.
 *
 * Cost: the storage, 0.025 USD a month for each GB; a million requests make about 0.3 GB, compressed a tenth of it.
 */
export class AccessLogs extends Construct {
  readonly #args: AccessLogsArgs;
  readonly #bucket: PrivateBucket;
  readonly #partition: string;

  constructor(scope: Construct, id: string, args: AccessLogsArgs) {
    super(scope, id);
    this.#args = args;
    this.#partition = new DataAwsPartition(this, 'partition').partition;
    this.#bucket = new PrivateBucket(this, 'bucket', {
      name: `${args.name}-edge-logs-${args.accountId}`,
      aging: { expireDays: args.days },
      oldVersionDays: 7,
      protect: args.production,
    });
  }

  /**
   * For the `access_logs` of a load balancer. Its service is a principal in every region; the accounts by region that
   * older policies name are no longer needed (Elastic Load Balancing, "Enable access logs").
   *
   * @param prefix folder of the logs, unique in the bucket
   */
  ofLoadBalancer(prefix: string): LbAccessLogs {
    const { accountId } = this.#args;
    this.#bucket.addToPolicy({
      sid: 'LoadBalancerWrites',
      principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      actions: ['s3:PutObject'],
      resources: [`${this.#bucket.arn}/${prefix}/AWSLogs/${accountId}/*`],
    });
    return { enabled: true, bucket: this.#bucket.name, prefix };
  }

  /** For `dependsOn` of a load balancer: AWS writes a test file when it is told to log. */
  get writable(): ITerraformDependable {
    return this.#bucket.writable;
  }

  /**
   * Sends the access logs of a distribution (standard logging v2: no ACLs, unlike `logging_config`).
   *
   * @param source name, unique in the account: up to 60 letters, digits, hyphens (CloudWatch Logs limit)
   */
  ofDistribution(source: string, distributionArn: string): void {
    const { accountId } = this.#args;
    this.#bucket.addToPolicy({
      sid: 'CloudFrontWrites',
      principal: { Service: 'delivery.logs.amazonaws.com' },
      actions: ['s3:PutObject'],
      resources: [`${this.#bucket.arn}/cloudfront/AWSLogs/${accountId}/*`],
      condition: {
        StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': accountId },
        ArnLike: {
          'aws:SourceArn': `arn:${this.#partition}:logs:${globalRegion}:${accountId}:delivery-source:*`,
        },
      },
    });
    const from = new CloudwatchLogDeliverySource(this, 'source', {
      region: globalRegion,
      name: source,
      logType: 'ACCESS_LOGS',
      resourceArn: distributionArn,
    });
    const to = new CloudwatchLogDeliveryDestination(this, 'destination', {
      region: globalRegion,
      name: source,
      outputFormat: 'json',
      deliveryDestinationConfiguration: [{ destinationResourceArn: `${this.#bucket.arn}/cloudfront` }],
    });
    new CloudwatchLogDelivery(this, 'delivery', {
      region: globalRegion,
      deliverySourceName: from.name,
      deliveryDestinationArn: to.arn,
      // Where the policy is missing AWS adds to it by itself.
      dependsOn: [this.#bucket.writable],
    });
  }
}
