import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { CloudfrontFunction } from '@cdktf/provider-aws/lib/cloudfront-function';
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control';
import { Testing } from 'cdktf';
import { contentSecurityPolicy } from '../../stacks/constructs/frontend/security-headers';
import { domains, edgeStack, Remembering } from './edge-stack';
import { resources, statements } from './synthesized';

Testing.setupJest();

type Json = Readonly<Record<string, unknown>>;

/** The one distribution. */
function distribution(json: string) {
  const [found] = resources(json, 'aws_cloudfront_distribution');
  // Synthesized Terraform JSON of a resource that each of these stacks has.
  return found as {
    readonly origin: readonly Json[];
    readonly default_cache_behavior: Json;
    readonly ordered_cache_behavior: readonly Json[];
    readonly custom_error_response: readonly Json[];
  } & Json;
}

/** The statements of the policy of the bucket whose id has that part. */
function bucketPolicy(json: string, part: string): readonly Json[] {
  return resources(json, 'aws_s3_bucket_policy')
    .filter(({ bucket }) => String(bucket).includes(part))
    .flatMap(({ policy }) => statements(policy));
}

describe('the distribution', () => {
  const json = edgeStack({ domains });
  const site = distribution(json);

  it('serves the site under its hosts, by HTTP/3 and IPv6, with TLS 1.2 at least', () => {
    expect(site).toMatchObject({
      enabled: true,
      aliases: ['example.com', 'www.example.com'],
      http_version: 'http2and3',
      is_ipv6_enabled: true,
      price_class: 'PriceClass_200',
      default_root_object: 'index.html',
      viewer_certificate: {
        acm_certificate_arn: expect.stringContaining('edge_site-certificate'),
        ssl_support_method: 'sni-only',
        minimum_protocol_version: 'TLSv1.2_2021',
      },
      web_acl_id: expect.stringContaining('aws_wafv2_web_acl.edge_site-firewall'),
    });
  });

  it('compresses, sends browsers to HTTPS and answers routes by a function', () => {
    expect(site.default_cache_behavior).toMatchObject({
      target_origin_id: 'site',
      compress: true,
      viewer_protocol_policy: 'redirect-to-https',
      function_association: [
        { event_type: 'viewer-request', function_arn: expect.stringContaining('routing') },
      ],
      response_headers_policy_id: expect.stringContaining('headers'),
    });
    expect(json).toHaveResourceWithProperties(CloudfrontFunction, {
      runtime: 'cloudfront-js-2.0',
      publish: true,
      code: expect.stringContaining('function handler(event)'),
    });
  });

  it('passes the API and WebSockets on, uncached, with all that the browser sent but the host', () => {
    const passed = site.ordered_cache_behavior.filter(({ target_origin_id }) => target_origin_id === 'api');
    expect(passed.map(({ path_pattern }) => path_pattern)).toEqual(['/api/*', '/ws', '/ws/*']);
    for (const behaviour of passed) {
      expect(behaviour).toMatchObject({
        allowed_methods: expect.arrayContaining(['POST', 'DELETE']),
        cache_policy_id: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        origin_request_policy_id: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        viewer_protocol_policy: 'https-only',
      });
      expect(behaviour).not.toHaveProperty('function_association');
    }
    expect(site.origin.find(({ origin_id }) => origin_id === 'api')).toMatchObject({
      domain_name: 'api.example.com',
      custom_origin_config: { origin_protocol_policy: 'https-only', origin_ssl_protocols: ['TLSv1.2'] },
    });
  });

  it('keeps assets for a year and pages for a minute, where the upload says nothing', () => {
    const assets = site.ordered_cache_behavior.find(({ path_pattern }) => path_pattern === '/assets/*');
    expect(assets?.cache_policy_id).toContain('caching_assets');
    expect(site.default_cache_behavior.cache_policy_id).toContain('caching_pages');
    const lifetimes = resources(json, 'aws_cloudfront_cache_policy').map(({ name, min_ttl, default_ttl }) => [
      name,
      min_ttl,
      default_ttl,
    ]);
    expect(lifetimes.sort()).toEqual([
      ['stagecraft-test-assets', 0, 31_536_000],
      ['stagecraft-test-pages', 0, 60],
    ]);
  });

  it("has pages for unreachable services, and leaves the API's own errors alone", () => {
    const pages = site.custom_error_response.filter(
      ({ response_page_path }) => response_page_path !== undefined,
    );
    expect(pages.map(({ error_code, response_code }) => [error_code, response_code])).toEqual([
      [502, 502],
      [503, 503],
      [504, 504],
    ]);
    expect(site.custom_error_response.every(({ error_caching_min_ttl }) => error_caching_min_ttl === 0)).toBe(
      true,
    );
    const [page] = resources(json, 'aws_s3_object');
    expect(`/${page?.key}`).toBe(pages[0]?.response_page_path);
    expect(site.ordered_cache_behavior).toContainEqual(
      expect.objectContaining({ path_pattern: '/errors/*', target_origin_id: 'pages' }),
    );
  });

  it('sends no header to the load balancer that CloudFront refuses', () => {
    const api = site.origin.find(({ origin_id }) => origin_id === 'api');
    expect(api?.custom_header).toEqual([
      {
        name: expect.not.stringMatching(/^x-(amz|edge)-|^x-real-ip$/i),
        value: expect.stringContaining('access'),
      },
    ]);
  });

  it('logs to the private bucket, whose policy is there first', () => {
    const [delivery] = resources(json, 'aws_cloudwatch_log_delivery');
    expect(delivery).toMatchObject({
      region: 'us-east-1',
      depends_on: [expect.stringContaining('aws_s3_bucket_policy.edge_logs')],
    });
    expect(resources(json, 'aws_cloudwatch_log_delivery_source')[0]).toMatchObject({
      region: 'us-east-1',
      log_type: 'ACCESS_LOGS',
      resource_arn: expect.stringContaining('aws_cloudfront_distribution'),
    });
    expect(bucketPolicy(json, 'edge_logs')).toContainEqual(
      expect.objectContaining({
        Sid: 'CloudFrontWrites',
        Principal: { Service: 'delivery.logs.amazonaws.com' },
      }),
    );
  });

  it("works without host names, under CloudFront's own, over plain HTTP to the load balancer", () => {
    const urls: string[] = [];
    const plain = distribution(edgeStack({}, (edge) => urls.push(edge.siteUrl)));
    expect(plain).not.toHaveProperty('aliases');
    expect(plain.viewer_certificate).toEqual({ cloudfront_default_certificate: true });
    expect(plain.origin.find(({ origin_id }) => origin_id === 'api')).toMatchObject({
      domain_name: expect.stringContaining('aws_lb.'),
      custom_origin_config: { origin_protocol_policy: 'http-only' },
    });
    expect(urls[0]).toMatch(/^https:\/\/.*TOKEN/);
  });

  it('has no firewall where none is asked for', () => {
    const bare = edgeStack({ edge: { firewall: { protects: [] } } });
    expect(distribution(bare)).not.toHaveProperty('web_acl_id');
    expect(resources(bare, 'aws_wafv2_web_acl')).toEqual([]);
  });
});

describe("the site's bucket", () => {
  const json = edgeStack({ domains });

  it('is private, versioned and encrypted', () => {
    const buckets = resources(json, 'aws_s3_bucket').length;
    expect(buckets).toBe(3);
    for (const type of [
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_versioning',
      'aws_s3_bucket_server_side_encryption_configuration',
    ]) {
      expect(resources(json, type)).toHaveLength(buckets);
    }
  });

  it('is read by this distribution alone, signed, and by TLS', () => {
    expect(json).toHaveResourceWithProperties(CloudfrontOriginAccessControl, {
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
      origin_access_control_origin_type: 's3',
    });
    const policy = bucketPolicy(json, 'frontend_site');
    expect(policy.map(({ Sid }) => Sid)).toEqual([
      'TlsOnly',
      'DistributionReads',
      'DistributionSeesWhatIsMissing',
    ]);
    for (const { Principal, Condition } of policy.slice(1)) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' });
      expect(Condition).toEqual({
        StringEquals: { 'AWS:SourceArn': expect.stringContaining('aws_cloudfront_distribution') },
      });
    }
  });

  it('is kept in production, and emptied with any other environment', () => {
    const kept = (stack: string) =>
      resources(stack, 'aws_s3_bucket').find(({ bucket }) => String(bucket).includes('-site-'));
    expect(kept(json)).toMatchObject({ force_destroy: true });
    expect(kept(edgeStack({ name: 'prod', production: true, domains }))).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('has a name within the 63 characters of S3 at the longest names', () => {
    const longest = edgeStack({ name: 'e'.repeat(11), project: 'p'.repeat(20), domains });
    for (const { bucket } of resources(longest, 'aws_s3_bucket')) {
      const name = String(bucket).replace(/\$\{.*\}/, '123456789012');
      expect(name.length).toBeLessThanOrEqual(63);
    }
    const [source] = resources(longest, 'aws_cloudwatch_log_delivery_source');
    expect(String(source?.name).length).toBeLessThanOrEqual(60);
  });

  it('is deployed to by who is granted it: this bucket and this distribution, nothing else', () => {
    const role = new Remembering();
    edgeStack({ domains }, (edge) => edge.grantDeploy(role));
    expect(role.statements.map(({ actions }) => actions)).toEqual([
      ['s3:ListBucket', 's3:GetBucketLocation'],
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
    ]);
    expect(role.statements.flatMap(({ resources: on }) => on)).not.toContain('*');
  });
});

describe('the security headers', () => {
  it("are HSTS, nosniff, no frames, a referrer policy and a CSP that knows the API's WebSocket", () => {
    const [policy] = resources(edgeStack({ domains }), 'aws_cloudfront_response_headers_policy');
    expect(policy?.security_headers_config).toMatchObject({
      strict_transport_security: { access_control_max_age_sec: 31_536_000, override: true },
      content_type_options: { override: true },
      frame_options: { frame_option: 'DENY' },
      referrer_policy: { referrer_policy: 'strict-origin-when-cross-origin' },
      content_security_policy: {
        content_security_policy: expect.stringContaining('wss://api.example.com'),
      },
    });
  });

  it('run no script but those of the site', () => {
    const policy = contentSecurityPolicy({ connectTo: [], extraSources: {} });
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('take sources that the environment adds, also for directives that let nothing through', () => {
    const policy = contentSecurityPolicy({
      connectTo: [],
      extraSources: {
        'script-src': ['https://js.example.com'],
        'frame-ancestors': ['https://partner.example.com'],
        'frame-src': ['https://pay.example.com'],
      },
    });
    expect(policy).toContain("script-src 'self' https://js.example.com;");
    expect(policy).toContain('frame-ancestors https://partner.example.com;');
    expect(policy).toContain("frame-src 'self' https://pay.example.com;");
  });

  it('do not let pages call an API that admits CloudFront only', () => {
    const json = edgeStack({ domains, edge: { loadBalancer: { admit: 'cloudfront' } } });
    expect(JSON.stringify(resources(json, 'aws_cloudfront_response_headers_policy'))).not.toContain(
      'api.example.com',
    );
  });
});

describe('the routing of the single-page application', () => {
  const file = join(__dirname, '../../stacks/constructs/frontend/spa-routing.js');
  const code = readFileSync(file, 'utf8');

  /** What the function makes of a path. */
  function routed(uri: string): string {
    return runInNewContext(`${code}; handler({ request: { uri: ${JSON.stringify(uri)} } }).uri`);
  }

  it.each(['/', '/performances', '/performances/12/seats', '/users/jane.doe', '/v1.2', '/index'])(
    'gives the page for the route %s',
    (uri) => expect(routed(uri)).toBe('/index.html'),
  );

  it.each([
    '/index.html',
    '/assets/app-3f2a.js',
    '/static/css/main.css',
    '/favicon.ico',
    '/fonts/a.WOFF2',
    '/.well-known/apple-app-site-association',
  ])('leaves the file %s alone', (uri) => expect(routed(uri)).toBe(uri));

  it('fits into the 10 KB of a CloudFront function', () => {
    expect(Buffer.byteLength(code)).toBeLessThan(10_240);
  });
});
