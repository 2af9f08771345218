import type { EnvironmentInput } from '../../environments/schema';
import { platform } from './synthesized';

/** What keeps something from being destroyed: address and argument. */
function protections(input: Partial<EnvironmentInput>): readonly string[] {
  const { resource }: { readonly resource: Resources } = JSON.parse(platform(input));
  return Object.entries(resource).flatMap(([type, byId]) =>
    Object.values(byId).flatMap((properties) =>
      [
        Reflect.get(Object(properties.lifecycle), 'prevent_destroy') === true && 'prevent_destroy',
        properties.deletion_protection === true && 'deletion_protection',
        properties.enable_deletion_protection === true && 'enable_deletion_protection',
        properties.disable_api_termination === true && 'disable_api_termination',
        properties.force_destroy === false && 'force_destroy',
        typeof properties.final_snapshot_identifier === 'string' &&
          properties.skip_final_snapshot !== true &&
          'final_snapshot_identifier',
        properties.final_snapshot === true && 'final_snapshot',
      ].flatMap((argument) => (argument === false ? [] : [`${type}.${argument}`])),
    ),
  );
}

type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

const everything = {
  production: true,
  nodeGroups: { database: { dataGiB: 20 } },
  database: { mode: 'rds' },
  domains: { zone: 'example.com', site: 'example.com', api: 'api.example.com' },
  edge: { hostedZone: 'create' },
} satisfies Partial<EnvironmentInput>;

const lastSnapshots = [
  'aws_db_instance.final_snapshot_identifier',
  'aws_ebs_volume.final_snapshot',
  'aws_elasticache_replication_group.final_snapshot_identifier',
];

describe('protection', () => {
  it('is on in production for all that holds data, the load balancer and the nodes', () => {
    expect([...new Set(protections(everything))].sort()).toEqual([
      'aws_backup_vault.force_destroy',
      'aws_backup_vault.prevent_destroy',
      'aws_db_instance.deletion_protection',
      'aws_db_instance.final_snapshot_identifier',
      'aws_db_instance.prevent_destroy',
      'aws_ebs_volume.final_snapshot',
      'aws_ebs_volume.prevent_destroy',
      'aws_elasticache_replication_group.final_snapshot_identifier',
      'aws_elasticache_replication_group.prevent_destroy',
      'aws_instance.disable_api_termination',
      'aws_kms_key.prevent_destroy',
      'aws_launch_template.disable_api_termination',
      'aws_lb.enable_deletion_protection',
      'aws_route53_zone.force_destroy',
      'aws_route53_zone.prevent_destroy',
      'aws_s3_bucket.force_destroy',
      'aws_s3_bucket.prevent_destroy',
    ]);
  });

  it('is off elsewhere', () => {
    expect(protections({ ...everything, production: false })).toEqual([]);
  });

  it('is off in production that is about to end, which is otherwise the same, down to its last snapshots', () => {
    const ending = { ...everything, unprotected: true };
    expect([...protections(ending)].sort()).toEqual(lastSnapshots);
    const types = (input: Partial<EnvironmentInput>) => Object.keys(JSON.parse(platform(input)).resource);
    expect(types(ending)).toEqual(types(everything));
  });
});
