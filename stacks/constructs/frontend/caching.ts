import { CloudfrontCachePolicy } from '@cdktf/provider-aws/lib/cloudfront-cache-policy';
import { Construct } from 'constructs';

/**
 * How long CloudFront keeps what the bucket holds. A `Cache-Control` that the upload has set precedes; these are for
 * objects without one, and bounds for those with one. What browsers keep is said by that header alone.
 *
 * Cost: none.
 */
export class Caching extends Construct {
  /** For pages: a minute, so that a deployment shows even where its invalidation failed. */
  readonly pages: CloudfrontCachePolicy;
  /** For assets, whose names change with their content: a year. */
  readonly assets: CloudfrontCachePolicy;

  /** @param name start of the policies' names, unique in the account */
  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.pages = this.#policy('pages', `${name}-pages`, { defaultTtl: 60, maxTtl: 86_400 });
    this.assets = this.#policy('assets', `${name}-assets`, { defaultTtl: 31_536_000, maxTtl: 31_536_000 });
  }

  /** Nothing of a request but its path tells static files apart; compressed variants are kept beside each other. */
  #policy(
    id: string,
    name: string,
    lifetimes: { readonly defaultTtl: number; readonly maxTtl: number },
  ): CloudfrontCachePolicy {
    return new CloudfrontCachePolicy(this, id, {
      name,
      minTtl: 0,
      ...lifetimes,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: { cookieBehavior: 'none' },
        headersConfig: { headerBehavior: 'none' },
        queryStringsConfig: { queryStringBehavior: 'none' },
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
      },
    });
  }
}

/** AWS's own policies have the same ids in every account (CloudFront Developer Guide, "Use managed …policies"). */
export const managed = {
  /** Cache policy `CachingDisabled`. */
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  /** Origin request policy `AllViewerExceptHostHeader`: the load balancer is asked by its own host name. */
  allViewerExceptHost: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
} as const;
