/**
 * What is assumed of use where the bill depends on it: the only place. The stacks say what runs; nobody knows in advance
 * how much it is used. Change a number here and every estimate follows.
 */
export interface Usage {
  /** Hours of a month: 365 days of 24 hours in 12 parts, as AWS's own calculator counts. */
  readonly hours: number;
  /** Price of spot capacity as a share of the on-demand price. It floats; t3 in Seoul has long cost 30 to 40 %. */
  readonly spotShare: number;
  /** GB a month that private nodes fetch from the internet: images, packages, payment providers. */
  readonly natGb: number;
  /** GB a month that cross zones, counted once for each direction: pods, database, cache. */
  readonly betweenZonesGb: number;
  /** GB a month that leave the load balancer straight to the internet; what CloudFront fetches is free. */
  readonly directOutGb: number;
  /** Load balancer capacity units, on average: one is 25 new or 3,000 open connections, or 1 GB an hour. */
  readonly lcu: number;
  /** GB a month that CloudFront delivers. */
  readonly cdnGb: number;
  /** Requests a month at the site (CloudFront), in millions. */
  readonly siteMillions: number;
  /** Requests a month at the API (load balancer), in millions. */
  readonly apiMillions: number;
  /** Requests a month at each queue, in millions: sends, receives and deletes, empty long polls included. */
  readonly queueMillions: number;
  /** Messages a month at each topic, in millions. */
  readonly topicMillions: number;
  /** GB a month that each CloudWatch log group takes in. */
  readonly logGb: number;
  /** GB a month of VPC flow logs of all connections. */
  readonly flowLogGb: number;
  /** GB a month of VPC flow logs of what security groups turn away: scans, mostly. */
  readonly rejectedFlowLogGb: number;
  /** GB in each bucket. */
  readonly bucketGb: number;
  /** Requests a month at each bucket, in thousands: writes and reads. */
  readonly bucketPutThousands: number;
  readonly bucketGetThousands: number;
  /** Requests a month at each key, in units of 10,000. */
  readonly kmsTenThousands: number;
  /** Share of a volume that is in use, and so in its first backup. */
  readonly volumeFill: number;
  /** Share of the used part that changes in a day: each further daily backup. */
  readonly dailyChange: number;
  /** Days that a backup plan keeps backups for, where it does not say. */
  readonly backupDays: number;
  /** GB of a cache's snapshot; the first one is free, each further one that is kept is billed. */
  readonly cacheSnapshotGb: number;
  /** GB a month through each interface endpoint. */
  readonly endpointGb: number;
  /** Calls a month of each function, in millions. */
  readonly functionMillions: number;
  /** Reads and writes a month of each table (locks of Terraform), in millions each. */
  readonly tableMillions: number;
  /** GB in each container registry repository: about ten images. */
  readonly registryGb: number;
  /** Months that a log is kept for, where its group does not say. */
  readonly logMonths: number;
}

const common = {
  hours: 730,
  spotShare: 0.4,
  volumeFill: 0.5,
  dailyChange: 0.03,
  backupDays: 35,
  cacheSnapshotGb: 0.5,
  endpointGb: 1,
  functionMillions: 0.01,
  tableMillions: 0.001,
  registryGb: 5,
  logMonths: 12,
} satisfies Partial<Usage>;

/** A sale now and then, some ten thousand visitors a month. */
const production: Usage = {
  ...common,
  natGb: 100,
  betweenZonesGb: 200,
  directOutGb: 30,
  lcu: 1,
  cdnGb: 100,
  siteMillions: 5,
  apiMillions: 5,
  queueMillions: 1,
  topicMillions: 0.5,
  logGb: 1,
  flowLogGb: 10,
  rejectedFlowLogGb: 1,
  bucketGb: 10,
  bucketPutThousands: 20,
  bucketGetThousands: 200,
  kmsTenThousands: 5,
};

/** A few developers. */
const development: Usage = {
  ...common,
  natGb: 30,
  betweenZonesGb: 20,
  directOutGb: 2,
  lcu: 0.1,
  cdnGb: 2,
  siteMillions: 0.1,
  apiMillions: 0.1,
  queueMillions: 0.3,
  topicMillions: 0.01,
  logGb: 0.2,
  flowLogGb: 1,
  rejectedFlowLogGb: 0.5,
  bucketGb: 1,
  bucketPutThousands: 5,
  bucketGetThousands: 20,
  kmsTenThousands: 1,
};

/** GB a month that a flow log writes, given its properties. */
export function flowLogGb(usage: Usage, { traffic_type }: Readonly<Record<string, unknown>>): number {
  return traffic_type === 'REJECT' ? usage.rejectedFlowLogGb : usage.flowLogGb;
}

/** The assumptions for an environment. */
export function usageOf(environment: { readonly production: boolean }): Usage {
  return environment.production ? production : development;
}
