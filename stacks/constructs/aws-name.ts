/**
 * A name for ElastiCache and RDS, which take lower-case letters, digits and hyphens, but no two hyphens in a row
 * (ElastiCache API `ReplicationGroupId`, RDS API `DBInstanceIdentifier`), where the names of environments and projects may
 * have them.
 *
 * @throws Error when it is longer than the limit: names are made of parts that the schema bounds, so this is a mistake here
 */
export function singleHyphens(name: string, limit: number): string {
  const short = name.replaceAll(/-{2,}/g, '-');
  if (short.length > limit) throw new Error(`the name ${short} is longer than ${limit} characters`);
  return short;
}
