import { type Advice, codeOf, credentialAdvice, firstLine, messageOf, networkCodes } from '../aws-errors';
import { exitCodes, UserError } from '../errors';

/** Turns an error that is about no single node (credentials, permissions, the network) into what an operator can act on. */
export function ssmProblem(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const message = messageOf(error);
  const advise = advisers[codeOf(error, advisers)] ?? unexpected;
  const { what, next } = advise({ message });
  const exitCode = advise === unreachable ? exitCodes.unreachable : exitCodes.taskFailed;
  return new UserError(`SSM can't be used: ${what}`, next, exitCode);
}

const denied = ({ message }: { readonly message: string }): Advice => ({
  what: `access is denied (${firstLine(message)}).`,
  next: 'The role needs ssm:SendCommand on AWS-RunShellScript and the instances, ssm:ListCommandInvocations, ssm:ListCommands, ssm:GetCommandInvocation, ssm:CancelCommand and ssm:DescribeInstanceInformation.',
});

const unreachable = ({ message }: { readonly message: string }): Advice => ({
  what: `its endpoint can't be reached (${firstLine(message)}).`,
  next: 'Look at the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL_SSM; then run again: what was done is not done twice.',
});

const unexpected = ({ message }: { readonly message: string }): Advice => ({
  what: `${firstLine(message)}.`,
  next: 'Run again: what was done is not done twice.',
});

const advisers: Readonly<Record<string, (error: { readonly message: string }) => Advice>> = {
  ...credentialAdvice,
  AccessDenied: denied,
  AccessDeniedException: denied,
  ...Object.fromEntries(networkCodes.map((code) => [code, unreachable])),
};
