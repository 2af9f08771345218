import { type PlannedPlay, taskTitle } from '../engine/plan';

/** `--list-tasks`: plays and tasks in order, with the tags that select them. */
export function listTasks<Context>(planned: readonly PlannedPlay<Context>[]): string {
  return planned
    .map(({ play, steps }) => {
      const tasks = steps.map((step) => `  ${taskTitle(step)}  [${[...step.tags].join(', ')}]`);
      return `play: ${play.name} (${play.hosts})\n${tasks.join('\n')}\n`;
    })
    .join('\n');
}

/** `--list-hosts`: the hosts of each play, after `--limit`. */
export function listHosts<Context>(planned: readonly PlannedPlay<Context>[]): string {
  return planned
    .map(({ play, hosts }) => {
      const names = hosts.map((host) => `  ${host.name}`);
      return `play: ${play.name} (${play.hosts}), ${hosts.length} hosts\n${names.join('\n')}\n`;
    })
    .join('\n');
}
