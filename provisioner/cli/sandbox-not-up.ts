import { UserError } from '../errors';

/** What a command says that needs a running sandbox where there is none. */
export function sandboxNotUp(env: string): UserError {
  const which = env === 'sandbox' ? '' : ` --env ${env}`;
  return new UserError('The sandbox is not up.', `Run \`npm run sandbox -- up${which}\`.`);
}
