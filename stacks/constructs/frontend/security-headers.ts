import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';

export interface SecurityHeadersArgs {
  /** Name of the policy, unique in the account. */
  readonly name: string;
  /** Hosts that pages may call and open WebSockets to, beside their own. */
  readonly connectTo: readonly string[];
  /** Sources to add, by directive. */
  readonly extraSources: Readonly<Record<string, readonly string[]>>;
}

/**
 * The headers by which browsers protect the audience (OWASP Secure Headers Project). They replace what the origins send,
 * so that the front end, which is static, can't forget them.
 *
 * Cost: none.
 */
export class SecurityHeaders extends Construct {
  readonly #policy: CloudfrontResponseHeadersPolicy;

  constructor(scope: Construct, id: string, args: SecurityHeadersArgs) {
    super(scope, id);
    this.#policy = new CloudfrontResponseHeadersPolicy(this, 'policy', {
      name: args.name,
      comment: 'Security headers',
      securityHeadersConfig: {
        contentSecurityPolicy: { override: true, contentSecurityPolicy: contentSecurityPolicy(args) },
        // Not for subdomains: others than ours may be below the apex of the zone.
        strictTransportSecurity: {
          override: true,
          accessControlMaxAgeSec: 31_536_000,
          includeSubdomains: false,
          preload: false,
        },
        contentTypeOptions: { override: true },
        frameOptions: { override: true, frameOption: 'DENY' },
        referrerPolicy: { override: true, referrerPolicy: 'strict-origin-when-cross-origin' },
      },
      customHeadersConfig: {
        items: [
          {
            header: 'Permissions-Policy',
            value: 'camera=(), geolocation=(), microphone=()',
            override: true,
          },
        ],
      },
      removeHeadersConfig: { items: [{ header: 'Server' }] },
    });
    acceptFindings(this.#policy, {
      CKV_AWS_259:
        'a year of HSTS for these hosts; subdomains of the zone may be somebody else’s, and preloading cannot be taken back',
    });
  }

  /** The policy's id. */
  get policyId(): string {
    return this.#policy.id;
  }
}

/** The Content-Security-Policy: the site itself, its API, and what the environment adds. */
export function contentSecurityPolicy(args: Pick<SecurityHeadersArgs, 'connectTo' | 'extraSources'>): string {
  const base: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'self'"],
    'script-src': ["'self'"],
    // React libraries put styles into pages; a style runs no code.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'", 'data:'],
    'connect-src': ["'self'", ...args.connectTo.flatMap((host) => [`https://${host}`, `wss://${host}`])],
    'object-src': ["'none'"],
    'base-uri': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
  const directives = [...new Set([...Object.keys(base), ...Object.keys(args.extraSources)])];
  return [
    ...directives.map((name) =>
      [name, ...merged(base[name] ?? ["'self'"], args.extraSources[name] ?? [])].join(' '),
    ),
    'upgrade-insecure-requests',
  ].join('; ');
}

/** `'none'` means nothing only as long as it stands alone (CSP Level 3). */
function merged(base: readonly string[], extra: readonly string[]): readonly string[] {
  return extra.length === 0 ? base : [...base.filter((source) => source !== "'none'"), ...extra];
}
