import type { Task } from '../../engine/task';
import { absent, directory, file, toYaml } from '../../tasks';
import type { RoleContext } from '../context';
import { auditPolicy } from './audit-policy';
import { configOf } from './config';
import { type Kind, paths } from './parts';

/** What K3s starts with, for each node its own. */
export function configTasks(context: RoleContext, { restart }: Kind): Task[] {
  return [
    file({
      path: `${paths.config}/config.yaml`,
      mode: '0600',
      content: context.perNode((node) => header + toYaml(configOf(context, node))),
      notify: [restart],
      tags: ['config'],
    }),
  ];
}

/** What the API server writes down of each request, and the folder that it writes to (CIS 1.2.16). */
export function auditPolicyTasks({ restart }: Kind): Task[] {
  return [
    file({
      path: paths.auditPolicy,
      mode: '0600',
      content: header + toYaml(auditPolicy),
      notify: [restart],
      tags: ['config', 'audit'],
    }),
    directory({ path: `${paths.data}/server`, mode: '0700', tags: ['audit'] }),
    directory({ path: paths.auditLogs, mode: '0700', tags: ['audit'] }),
  ];
}

/** Mirrors that images are pulled through; without any the file is not there. */
export function registryTasks({ environment }: RoleContext, { restart }: Kind): Task[] {
  const path = `${paths.config}/registries.yaml`;
  const mirrors = Object.entries(environment.k3s.registryMirrors);
  const common = { path, notify: [restart], tags: ['config'] };
  if (mirrors.length === 0) return [absent({ ...common, name: 'no registry mirrors' })];
  const content = {
    mirrors: Object.fromEntries(mirrors.map(([registry, endpoint]) => [registry, { endpoint }])),
  };
  return [file({ ...common, mode: '0600', content: header + toYaml(content) })];
}

const header = '# Written by stagecraft: changes made here are lost at its next run.\n';
