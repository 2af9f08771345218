import { existsSync } from 'node:fs';
import { terraformTools } from '../terraform-tools';

export interface AwsTools {
  /** Python with moto in it. */
  readonly python: string;
  /** Variables with which terraform finds the AWS provider without a registry. */
  readonly terraform: Readonly<Record<string, string>>;
}

/** What these tests need of the machine, or the text that says what is absent. */
export function awsTools(): AwsTools | string {
  const python = process.env.STAGECRAFT_MOTO;
  if (python === undefined || !existsSync(python)) return 'STAGECRAFT_MOTO names no Python with moto';
  const terraform = terraformTools();
  return typeof terraform === 'string' ? terraform : { python, terraform };
}
