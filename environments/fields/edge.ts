import { z } from 'zod';
import { parseCidr } from '../cidr';
import { errorPages, hashedFiles } from '../edge';
import { integer, text, unique } from './basics';

const ipv4Block = z.string({ error: 'an IPv4 block such as "203.0.113.0/24"' }).refine(
  (value) => {
    const block = parseCidr(value);
    return block !== undefined && block.prefix > 0;
  },
  { error: 'an IPv4 block from /1 to /32 that starts at its first address, such as "203.0.113.0/24"' },
);

/** What AWS WAF takes into an IP set: anything but /0. */
const addressBlocks = unique(
  'block',
  z.array(
    z.union([ipv4Block, z.cidrv6().refine((value) => !value.endsWith('/0'))], {
      error: 'an IPv4 or IPv6 block such as "203.0.113.0/24" or "2001:db8::/48", /0 excluded',
    }),
  ),
  (block) => block.toLowerCase(),
).max(10_000, { error: 'at most 10000 blocks (AWS WAF limit)' });

const path = text(/^\/[A-Za-z0-9_.~/-]{1,199}$/, 'a path such as "/api/v1/reserve", without "*"');

const ruleNames = unique(
  'rule',
  z.array(text(/^[A-Za-z0-9_-]{1,128}$/, 'the name of a rule such as "SizeRestrictions_BODY"')),
).max(100, { error: 'at most 100 rules (AWS WAF limit)' });

const loadBalancer = z.strictObject({
  /**
   * Who may connect. `anyone`: the API and the tools under their own host names, and CloudFront. `cloudfront`: nobody but
   * this environment's CloudFront (and `admitAlso`); the API is then reached through the site's own host. An environment without `domains`
   * has no certificate, so its load balancer speaks plain HTTP, and to CloudFront only, whatever is said here.
   * Default: `anyone`.
   */
  admit: z.enum(['anyone', 'cloudfront']).default('anyone'),
  /**
   * With `admit: 'cloudfront'`, blocks that may connect too, for example an office that uses the tools. At most 5, for
   * CloudFront's prefix list counts as 55 of the 60 rules that a security group may have (VPC quota). Default: none.
   */
  admitAlso: unique('block', z.array(ipv4Block)).max(5, { error: 'at most 5 blocks' }).default([]),
  /** Seconds without traffic after which a connection is closed, 1 to 4000; WebSockets have to send within. Default: 300. */
  idleTimeoutSeconds: integer(1, 4000, 'seconds').default(300),
  /** Seconds that a node which leaves may take to finish its requests, 0 to 3600. Default: 60. */
  deregistrationDelaySeconds: integer(0, 3600, 'seconds').default(60),
});

/** Patterns that CloudFront has rules for already: it takes each once. */
const sitePaths: readonly string[] = [errorPages, ...hashedFiles];

const directive =
  /^(default|script|style|img|font|connect|media|object|frame|worker|manifest)-src$|^(script|style)-src-(elem|attr)$|^(form-action|frame-ancestors|base-uri)$/;

const cdn = z.strictObject({
  /**
   * Where CloudFront serves from: `PriceClass_100` (North America, Europe, Israel), `PriceClass_200` (and most of Asia,
   * Seoul included), `PriceClass_All`. Default: `PriceClass_200`.
   */
  priceClass: z.enum(['PriceClass_100', 'PriceClass_200', 'PriceClass_All']).default('PriceClass_200'),
  /**
   * Paths of the site's host that go to the load balancer, uncached, up to 20. `*` stands for anything; `/errors/*`, `/assets/*`
   * and `/static/*` are the site's. Default: `/api/*`, `/ws`, `/ws/*`.
   */
  passThrough: unique(
    'path pattern',
    z.array(
      text(/^\/[A-Za-z0-9_.*$/~"'@:+&?-]{1,254}$/, 'a path pattern such as "/api/*"')
        .refine((value) => value !== '/*', { error: 'a pattern that leaves something for the site' })
        .refine((value) => !sitePaths.includes(value), {
          error: `another pattern: ${sitePaths.join(', ')} are the site's`,
        }),
    ),
  )
    .min(1, { error: 'at least one path pattern' })
    .max(20, { error: 'at most 20 path patterns' })
    .default(['/api/*', '/ws', '/ws/*']),
  /**
   * Sources to add to the site's Content-Security-Policy, by directive, for example
   * `{ 'script-src': ['https://js.example.com'] }`. Default: none; the policy lets through the site itself and its API.
   */
  contentSecurityPolicy: z
    .record(
      text(directive, 'a directive of a Content-Security-Policy such as "script-src"'),
      unique('source', z.array(text(/^[^\s;,]{1,255}$/, 'one source such as "https://js.example.com"'))),
    )
    .default({}),
});

const firewall = z.strictObject({
  /**
   * What it stands in front of: the site (CloudFront), the load balancer, or both. Each costs about 14 USD a month. Empty:
   * nothing is protected. Default: both.
   */
  protects: unique('of them', z.array(z.enum(['site', 'loadBalancer']))).default(['site', 'loadBalancer']),
  /** `count` only counts what `block` would turn away: to see what a rule would do. `deny` always blocks. Default: `block`. */
  mode: z.enum(['block', 'count']).default('block'),
  /** Requests from one address in five minutes, 10 to 2000000000 (AWS WAF limits). Default: 2000. */
  siteRequests: integer(10, 2_000_000_000, 'requests in five minutes').default(2000),
  /** Paths on which seats are booked, and all below them. Default: `/api/v1/reserve`. */
  bookingPaths: unique('path', z.array(path))
    .max(10, { error: 'at most 10 paths' })
    .default(['/api/v1/reserve']),
  /**
   * Requests to the booking paths from one address in five minutes, 10 to 2000000000. Many phones share an address of
   * their carrier: not too low. Default: 300.
   */
  bookingRequests: integer(10, 2_000_000_000, 'requests in five minutes').default(300),
  /**
   * Requests to the booking paths with one login (`Authorization` header) in five minutes, 10 to 2000000000: a macro that
   * spreads over many addresses still has to log in. Default: 100.
   */
  bookingRequestsPerLogin: integer(10, 2_000_000_000, 'requests in five minutes').default(100),
  /** Blocks that pass without any other rule, for load tests and partners. Default: none. */
  allow: addressBlocks.default([]),
  /** Blocks that are always turned away. Default: none. */
  deny: addressBlocks.default([]),
  /**
   * Rules of AWS's groups that only count, by group, because they hit honest requests. Default: `SizeRestrictions_BODY` of
   * `common`, which refuses bodies over 8 KB: saving a Grafana dashboard is one.
   */
  countOnly: z
    .strictObject({
      ipReputation: ruleNames.default([]),
      knownBadInputs: ruleNames.default([]),
      common: ruleNames.default(['SizeRestrictions_BODY']),
      sqlInjection: ruleNames.default([]),
    })
    .prefault({}),
  /** Add AWS Bot Control (common bots): 10 USD a month and 1 USD for each million requests more. Default: false. */
  botControl: z.boolean().default(false),
});

/** What stands between the audience and the nodes: DNS, CDN, web application firewall, load balancer. */
export const edge = z.strictObject({
  /**
   * Whether there is one. `false`: nothing is public. Absent: yes, where the network has the two zones that a load
   * balancer needs.
   */
  enabled: z.boolean().optional(),
  /**
   * The zone of `domains`: `existing` is looked up; `create` makes it, and its name servers have to be entered at the
   * registrar or in the parent zone before certificates can be issued. Default: `existing`.
   */
  hostedZone: z.enum(['existing', 'create']).default('existing'),
  /** The load balancer in front of the nodes. */
  loadBalancer: loadBalancer.prefault({}),
  /** CloudFront in front of the web site. */
  cdn: cdn.prefault({}),
  /** The web application firewall. */
  firewall: firewall.prefault({}),
  /** Days that access logs are kept, 1 to 3650. Default: 90. */
  accessLogDays: integer(1, 3650, 'days').default(90),
});
