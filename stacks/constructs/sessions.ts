import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { SsmDocument } from '@cdktf/provider-aws/lib/ssm-document';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import type { Grantee } from './grantee';

export interface SessionsArgs {
  /** `<project>-<environment>`, the start of every name. */
  readonly name: string;
  /** Key that encrypts what was typed and shown (ARN); its policy has to let CloudWatch Logs use it. */
  readonly keyArn: string;
  /** The nodes, which write what is typed on them. */
  readonly nodes: Grantee;
  /** Days a session's log is kept, one of those that CloudWatch Logs knows. Default: 90. */
  readonly days?: number;
  /** Minutes without a key press after which a session ends, 1 to 60 (Session Manager limit). Default: 20. */
  readonly idleMinutes?: number;
  /** Minutes after which a session ends in any case, 1 to 1440 (Session Manager limit). Default: 480. */
  readonly longestMinutes?: number;
}

/**
 * How a person gets onto a node: Session Manager, without bastion, key or open port, and with everything typed and shown in
 * an encrypted log.
 *
 * The preferences are a document of the environment's own, which a session names (`aws ssm start-session --document-name`):
 * the one that sessions take by default, `SSM-SessionManagerRunShell`, exists once in an account and region, and would be
 * fought over by its environments.
 *
 * Cost: sessions are free; logs 0.76 USD a GB (ap-northeast-2), of which people type little.
 */
export class Sessions extends Construct {
  readonly #document: SsmDocument;

  constructor(scope: Construct, id: string, args: SessionsArgs) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, 'log', {
      name: `/${args.name}/sessions`,
      retentionInDays: args.days ?? 90,
      kmsKeyId: args.keyArn,
    });
    acceptFindings(group, {
      CKV_AWS_338: 'what is typed on a node is personal: kept as long as it is needed',
    });
    this.#document = new SsmDocument(this, 'preferences', {
      name: `${args.name}-session`,
      documentType: 'Session',
      documentFormat: 'JSON',
      content: JSON.stringify({
        schemaVersion: '1.0',
        description: `Shell on a node of ${args.name}`,
        sessionType: 'Standard_Stream',
        inputs: {
          cloudWatchLogGroupName: group.name,
          cloudWatchEncryptionEnabled: true,
          cloudWatchStreamingEnabled: true,
          s3BucketName: '',
          s3KeyPrefix: '',
          s3EncryptionEnabled: true,
          idleSessionTimeout: String(args.idleMinutes ?? 20),
          maxSessionDuration: String(args.longestMinutes ?? 480),
          runAsEnabled: false,
          runAsDefaultUser: '',
          shellProfile: { linux: 'exec /bin/bash -l', windows: '' },
        },
      }),
    });
    acceptFindings(this.#document, {
      CKV_AWS_112: 'sessions use TLS; a key besides would have to be usable by everybody who opens one',
    });
    args.nodes.addPolicy('log-sessions', [
      {
        sid: 'WriteSessions',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [`${group.arn}:*`],
      },
      // The agent looks whether the group is encrypted; the action knows no smaller resource.
      { sid: 'FindLogGroup', actions: ['logs:DescribeLogGroups'], resources: ['*'] },
    ]);
  }

  /** For `aws ssm start-session --document-name`. */
  get documentName(): string {
    return this.#document.name;
  }
}
