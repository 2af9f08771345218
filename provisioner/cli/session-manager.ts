/** The arguments of `aws` that open a terminal on an instance. */
export function sessionArguments(target: { readonly region: string; readonly instanceId: string }): string[] {
  return ['ssm', 'start-session', '--region', target.region, '--target', target.instanceId];
}
