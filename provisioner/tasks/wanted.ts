import { type Shell, sh, type Value } from '../engine/shell';

/** The shell function `wanted`, which prints a text exactly as it is. A `$` in it is meant. */
export function printsWanted(content: Value): Shell {
  return sh`wanted() {
  # shellcheck disable=SC2016
  printf '%s' ${content}
}`;
}
