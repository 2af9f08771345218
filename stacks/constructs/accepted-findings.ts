import type { TerraformElement } from 'cdktf';

/**
 * Accepts what checkov finds at a resource, each with its reason, which stands beside the resource in the synthesized stack.
 * `__tests__/e2e/checkov.test.ts` fails for every finding that is not accepted, and for what is accepted and not found.
 *
 * @param findings reason by the id of the check, for example `CKV_AWS_144`
 */
export function acceptFindings(resource: TerraformElement, findings: Readonly<Record<string, string>>): void {
  for (const [check, reason] of Object.entries(findings))
    resource.addOverride(`//.accepted.${check}`, reason);
}
