import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudfrontDistribution,
  type CloudfrontDistributionOrderedCacheBehavior,
  type CloudfrontDistributionOrigin,
} from '@cdktf/provider-aws/lib/cloudfront-distribution';
import { CloudfrontFunction } from '@cdktf/provider-aws/lib/cloudfront-function';
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { Construct } from 'constructs';
import { errorPages, hashedFiles } from '../../environments/edge';
import { acceptFindings } from './accepted-findings';
import type { AccessLogs } from './access-logs';
import type { Alarms } from './alarms';
import type { Certificate } from './certificate';
import type { AliasTarget } from './dns';
import { Caching, managed } from './frontend/caching';
import type { Mark } from './frontend/mark';
import { SecurityHeaders } from './frontend/security-headers';
import type { Grantee } from './grantee';
import { PrivateBucket } from './private-bucket';
import type { WebFirewall } from './web-firewall';

export interface FrontendArgs {
  /** `<project>-<environment>`, the start of every name. */
  readonly name: string;
  /** The account that is deployed to; part of the buckets' names, for names of buckets are global. */
  readonly accountId: string;
  /** The site's own hosts and their certificate (of us-east-1). Default: none, then it has a name of CloudFront's. */
  readonly domain?: { readonly hosts: readonly string[]; readonly certificate: Certificate };
  /** Where the paths of `passThrough` go. */
  readonly api: {
    /** Host name of the load balancer; with TLS one that its certificate is for. */
    readonly host: string;
    /** Whether it is asked over HTTPS. */
    readonly tls: boolean;
    /** Whether pages call it under that name too, not through the site's own host alone. */
    readonly public: boolean;
  };
  /** Path patterns that go to the load balancer, uncached. */
  readonly passThrough: readonly string[];
  /** Sources to add to the Content-Security-Policy, by directive. Default: none. */
  readonly extraSources?: Readonly<Record<string, readonly string[]>>;
  /** Default: `PriceClass_200`, which has Seoul. */
  readonly priceClass?: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /** Default: none. */
  readonly firewall?: WebFirewall;
  /** Where its access logs go. */
  readonly logs: AccessLogs;
  /** Alarms of us-east-1, where the metrics of CloudFront are. */
  readonly alarms: Alarms;
  /** Production: the site's bucket is not destroyed. */
  readonly production: boolean;
}

/**
 * The web site: a private bucket behind CloudFront, and on the same host the paths of the API, so that a browser needs no
 * CORS for them.
 *
 * Error pages stand for 502, 503 and 504 only, which say that the services can't be reached. A page for 403 or 404 would
 * replace the API's own answers too, for CloudFront knows error pages of a distribution, not of a path. So routes of the
 * single-page application are answered by a function, and what is not there is an honest 404.
 *
 * Cost (Asia): the first TB and 10 million requests a month are free, then 0.12 USD a GB and 0.012 USD for 10,000 requests;
 * functions 0.10 USD a million after 2 million; the alarm 0.10 USD. The bucket: cents.
 */
export class Frontend extends Construct {
  readonly #args: FrontendArgs;
  readonly #site: PrivateBucket;
  readonly #pages: PrivateBucket;
  readonly #access: CloudfrontOriginAccessControl;
  readonly #headers: SecurityHeaders;
  readonly #caching: Caching;
  readonly #distribution: CloudfrontDistribution;

  constructor(scope: Construct, id: string, args: FrontendArgs) {
    super(scope, id);
    this.#args = args;
    this.#site = new PrivateBucket(this, 'site', {
      name: `${args.name}-site-${args.accountId}`,
      protect: args.production,
    });
    this.#pages = this.#errorPages();
    this.#access = new CloudfrontOriginAccessControl(this, 'access', {
      name: `${args.name}-site`,
      description: 'CloudFront signs what it asks of the buckets',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    });
    this.#headers = new SecurityHeaders(this, 'headers', {
      name: `${args.name}-site`,
      connectTo: [...(args.domain?.hosts ?? []), ...(args.api.public ? [args.api.host] : [])],
      extraSources: args.extraSources ?? {},
    });
    this.#caching = new Caching(this, 'caching', args.name);
    this.#distribution = this.#distribute();
    this.#letIn(this.#site);
    this.#letIn(this.#pages);
    args.logs.ofDistribution(`${args.name}-site`, this.#distribution.arn);
    this.#watch();
  }

  /** The bucket that the front end is deployed to (name). */
  get bucketName(): string {
    return this.#site.name;
  }

  get distributionId(): string {
    return this.#distribution.id;
  }

  /** Objects that are deployed with the infrastructure and that everybody may read (ARNs). */
  get errorPages(): readonly string[] {
    return [`${this.#pages.arn}${errorPages}`];
  }

  /** CloudFront's own name of the site. */
  get domainName(): string {
    return this.#distribution.domainName;
  }

  /** For records of the site's hosts. */
  get alias(): AliasTarget {
    const { domainName, hostedZoneId } = this.#distribution;
    return { dnsName: domainName, hostedZoneId, ipv6: true };
  }

  /**
   * What the requests carry that this distribution passes on. The value is an id that nobody outside the account sees, and no
   * secret: who learned it, and came by another distribution, would gain a higher rate limit and miss the firewall of the
   * site, not that of the load balancer.
   */
  get mark(): Mark {
    return { header: 'x-from-distribution', value: this.#access.id };
  }

  /** Lets somebody deploy the front end: write this bucket and invalidate this distribution. */
  grantDeploy(grantee: Grantee): void {
    grantee.addPolicy('deploy-frontend', [
      { sid: 'ListSite', actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [this.#site.arn] },
      {
        sid: 'WriteSite',
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        resources: [`${this.#site.arn}/*`],
      },
      {
        sid: 'RefreshSite',
        actions: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
        resources: [this.#distribution.arn],
      },
    ]);
  }

  /** In a bucket of their own: a deployment that mirrors the front end's build would delete them from the site's. */
  #errorPages(): PrivateBucket {
    const pages = new PrivateBucket(this, 'pages', {
      name: `${this.#args.name}-pages-${this.#args.accountId}`,
    });
    new S3Object(this, 'unavailable', {
      bucket: pages.name,
      key: unavailable.slice(1),
      content: readFileSync(join(__dirname, 'frontend', 'unavailable.html'), 'utf8'),
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-store',
    });
    return pages;
  }

  #distribute(): CloudfrontDistribution {
    const args = this.#args;
    const distribution = new CloudfrontDistribution(this, 'distribution', {
      comment: args.name,
      enabled: true,
      isIpv6Enabled: true,
      httpVersion: 'http2and3',
      priceClass: args.priceClass ?? 'PriceClass_200',
      defaultRootObject: 'index.html',
      ...(args.domain === undefined ? {} : { aliases: [...args.domain.hosts] }),
      ...(args.firewall === undefined ? {} : { webAclId: args.firewall.arn }),
      origin: [this.#bucketOrigin('site', this.#site), this.#bucketOrigin('pages', this.#pages), this.#api()],
      defaultCacheBehavior: {
        ...this.#behaviour(),
        functionAssociation: [{ eventType: 'viewer-request', functionArn: this.#routing().arn }],
      },
      orderedCacheBehavior: [
        ...args.passThrough.map((path) => this.#passThrough(path)),
        { ...this.#behaviour('pages'), pathPattern: errorPages },
        ...hashedFiles.map((pathPattern) => ({
          ...this.#behaviour(),
          pathPattern,
          cachePolicyId: this.#caching.assets.id,
        })),
      ],
      customErrorResponse: [
        ...[502, 503, 504].map((errorCode) => ({
          errorCode,
          responseCode: errorCode,
          responsePagePath: unavailable,
          errorCachingMinTtl: 0,
        })),
        // CloudFront keeps errors for 10 seconds otherwise: the API's, and a file that is just being deployed.
        ...[400, 403, 404, 405, 500].map((errorCode) => ({ errorCode, errorCachingMinTtl: 0 })),
      ],
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      viewerCertificate:
        args.domain === undefined
          ? { cloudfrontDefaultCertificate: true }
          : {
              acmCertificateArn: args.domain.certificate.arn,
              sslSupportMethod: 'sni-only',
              minimumProtocolVersion: 'TLSv1.2_2021',
            },
    });
    acceptFindings(distribution, {
      CKV_AWS_86: 'it logs by standard logging v2, which is a resource of its own',
      CKV_AWS_310: 'the site is one bucket, and the API one load balancer: there is nothing to fail over to',
      CKV_AWS_374: 'people book from anywhere',
      CKV2_AWS_47: 'the web ACL has the rules of known bad inputs, Log4j among them; it is in another region',
      ...(args.domain === undefined
        ? { CKV_AWS_174: defaultCertificate, CKV2_AWS_42: defaultCertificate }
        : {}),
    });
    return distribution;
  }

  /** By share, not by number: at night one error in five requests is nobody, at noon it is a crowd; so for ten minutes. */
  #watch(): void {
    this.#args.alarms.add('site-5xx', {
      description:
        'CloudFront answers more than one request in twenty with 5xx, for ten minutes. If lb-5xx or lb-no-node stand too, begin there. Else look at what its access log says of the origin: the certificate and host name of the API, the policy of the bucket.',
      namespace: 'AWS/CloudFront',
      metric: '5xxErrorRate',
      dimensions: { DistributionId: this.#distribution.id, Region: 'Global' },
      statistic: 'Average',
      comparison: 'GreaterThanThreshold',
      // Percent.
      threshold: 5,
      periods: 10,
      missingData: 'notBreaching',
    });
  }

  #behaviour(targetOriginId: 'site' | 'pages' = 'site') {
    return {
      targetOriginId,
      allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      cachedMethods: ['GET', 'HEAD'],
      compress: true,
      viewerProtocolPolicy: 'redirect-to-https',
      cachePolicyId: this.#caching.pages.id,
      responseHeadersPolicyId: this.#headers.policyId,
    };
  }

  /** A request that is redirected loses its body, and with plain HTTP its cookie was seen already: HTTPS only. */
  #passThrough(pathPattern: string): CloudfrontDistributionOrderedCacheBehavior {
    return {
      pathPattern,
      targetOriginId: 'api',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
      cachedMethods: ['GET', 'HEAD'],
      viewerProtocolPolicy: 'https-only',
      cachePolicyId: managed.cachingDisabled,
      originRequestPolicyId: managed.allViewerExceptHost,
      responseHeadersPolicyId: this.#headers.policyId,
    };
  }

  #routing(): CloudfrontFunction {
    return new CloudfrontFunction(this, 'routing', {
      name: `${this.#args.name}-spa-routing`,
      comment: 'Routes of the single-page application get its page',
      runtime: 'cloudfront-js-2.0',
      publish: true,
      code: readFileSync(join(__dirname, 'frontend', 'spa-routing.js'), 'utf8'),
    });
  }

  #bucketOrigin(originId: string, bucket: PrivateBucket): CloudfrontDistributionOrigin {
    return { originId, domainName: bucket.domainName, originAccessControlId: this.#access.id };
  }

  #api(): CloudfrontDistributionOrigin {
    const { host, tls } = this.#args.api;
    return {
      originId: 'api',
      domainName: host,
      customHeader: [{ name: this.mark.header, value: this.mark.value }],
      customOriginConfig: {
        httpPort: 80,
        httpsPort: 443,
        originProtocolPolicy: tls ? 'https-only' : 'http-only',
        originSslProtocols: ['TLSv1.2'],
        // Seconds. Twice CloudFront's default, for slow answers; shorter than the load balancer's idle timeout, so that it is
        // never CloudFront that finds a connection closed.
        originReadTimeout: 60,
        originKeepaliveTimeout: 60,
      },
    };
  }

  /** Without the right to list, S3 answers 403 for what is not there. */
  #letIn(bucket: PrivateBucket): void {
    const condition = { StringEquals: { 'AWS:SourceArn': this.#distribution.arn } };
    const principal = { Service: 'cloudfront.amazonaws.com' };
    bucket.addToPolicy({
      sid: 'DistributionReads',
      principal,
      actions: ['s3:GetObject'],
      resources: [`${bucket.arn}/*`],
      condition,
    });
    bucket.addToPolicy({
      sid: 'DistributionSeesWhatIsMissing',
      principal,
      actions: ['s3:ListBucket'],
      resources: [bucket.arn],
      condition,
    });
  }
}

const defaultCertificate =
  'an environment without host names is served under a name and certificate of CloudFront';

const unavailable = errorPages.replace('*', 'unavailable.html');
