/** Where everything of CloudFront lives, whatever region the environment is in: certificates, web ACLs, metrics, logs. */
export const globalRegion = 'us-east-1';
