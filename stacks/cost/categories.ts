import type { Item } from './estimate';

/** What a row of the table is about, in the order of the table. */
const categories: readonly (readonly [title: string, matches: (item: Item) => boolean])[] = [
  ['NAT', ({ type, path }) => type === 'aws_nat_gateway' || (/(^|\/)nat/.test(path) && isMachine(type))],
  ['Kubernetes control plane', ({ type }) => type.startsWith('aws_eks_')],
  ['Nodes', ({ type }) => isMachine(type)],
  ['Database', ({ type }) => type.startsWith('aws_db_') || type.startsWith('aws_rds_')],
  ['Cache', ({ type }) => type.startsWith('aws_elasticache_')],
  ['Load balancer', ({ type }) => type.startsWith('aws_lb')],
  ['Site and DNS', ({ type }) => /^aws_(cloudfront|route53)_/.test(type)],
  ['Web firewall', ({ type }) => type.startsWith('aws_wafv2_')],
  ['Messages', ({ type }) => /^aws_(sqs|sns)_/.test(type)],
  ['Logs and alarms', ({ type }) => /^aws_(cloudwatch|flow)_/.test(type)],
  ['Buckets, backups, keys', ({ type }) => /^aws_(s3|backup|kms|secretsmanager|ssm|dynamodb)_/.test(type)],
  ['Image registry', ({ type }) => type.startsWith('aws_ecr_')],
  ['Traffic and the rest', () => true],
];

export const categoryTitles: readonly string[] = categories.map(([title]) => title);

export function categoryOf(item: Item): string {
  return categories.find(([, matches]) => matches(item))?.[0] ?? 'Traffic and the rest';
}

function isMachine(type: string): boolean {
  return ['aws_instance', 'aws_autoscaling_group', 'aws_ebs_volume', 'aws_eip'].includes(type);
}
