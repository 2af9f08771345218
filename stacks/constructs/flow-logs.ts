import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import { policyDocument } from './policy';

export interface FlowLogsArgs {
  /** `<project>-<environment>`, the start of every name. */
  readonly name: string;
  /** The VPC whose traffic is logged. */
  readonly vpcId: string;
  /** `rejected`: what a security group turned away. `all`: every connection, which a busy site makes many of. */
  readonly traffic: 'rejected' | 'all';
  /** Days that they are kept, one of those that CloudWatch Logs knows. */
  readonly days: number;
  /** Key that encrypts them (ARN). */
  readonly keyArn: string;
}

/**
 * Who talked to whom in the VPC (CIS AWS Foundations 3.7), in CloudWatch Logs.
 *
 * Cost (ap-northeast-2): 0.76 USD for each GB; rejected traffic alone rarely makes one a month.
 */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, args: FlowLogsArgs) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, 'group', {
      name: `/${args.name}/vpc-flow`,
      retentionInDays: args.days,
      kmsKeyId: args.keyArn,
    });
    acceptFindings(group, { CKV_AWS_338: 'kept as long as the environment says: network.flowLogs.days' });
    const role = new IamRole(this, 'role', {
      name: `${args.name}-vpc-flow`,
      assumeRolePolicy: policyDocument([
        {
          sid: 'FlowLogs',
          principal: { Service: 'vpc-flow-logs.amazonaws.com' },
          actions: ['sts:AssumeRole'],
        },
      ]),
    });
    new IamRolePolicy(this, 'write', {
      name: 'write-logs',
      role: role.name,
      policy: policyDocument([
        {
          sid: 'Write',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [`${group.arn}:*`],
        },
      ]),
    });
    new FlowLog(this, 'log', {
      vpcId: args.vpcId,
      trafficType: args.traffic === 'all' ? 'ALL' : 'REJECT',
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 600,
      tags: { Name: args.name },
    });
  }
}
