import { typeNames } from './type-names';

/**
 * Instance classes that RDS has for MySQL 8.4 (RDS User Guide, "Supported DB engines for DB instance classes"), those of Xen
 * left out. One that AWS has added since is added here.
 */
export const databaseClasses = typeNames({
  prefix: 'db.',
  families: [
    't3 t4g',
    'm5 m5d m6g m6gd m6i m6id m6idn m6in m7g m7i m8g m8gd',
    'r5 r5b r5d r6g r6gd r6i r6id r6idn r6in r7g r7i r8g r8gd',
    'x2g x2idn x2iedn',
  ].flatMap((line) => line.split(' ')),
  sizes: {
    burstable: /^(micro|small|medium|large|2?xlarge)$/,
    others: /^(large|(2|4|8|12|16|24|32|48)?xlarge)$/,
  },
});

/**
 * Node types that ElastiCache has for Redis 7.1 and Valkey 8 (ElastiCache User Guide, "Supported node types"), those of Xen
 * left out, and `r6gd`, which moves values to disk: AWS asks for data tiering to be switched on with it ("Data tiering"), and
 * it knows fewer ways of eviction. One that AWS has added since is added here.
 */
export const cacheTypes = typeNames({
  prefix: 'cache.',
  families: ['t3 t4g', 'm5 m6g m7g', 'r5 r6g r7g', 'c7gn'].flatMap((line) => line.split(' ')),
  sizes: {
    burstable: /^(micro|small|medium)$/,
    others: /^(large|(2|4|8|12|16|24)?xlarge)$/,
  },
});
