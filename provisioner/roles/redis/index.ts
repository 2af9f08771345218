import type { Role } from '../../engine/task';
import type { RoleContext } from '../context';
import { passwordTasks } from './password';

/** What the cache needs beside what Terraform makes: its password, which must not be in the state. */
export const redis: Role<RoleContext> = { name: 'redis', tasks: passwordTasks };
