import { arch, cpus, release, totalmem } from 'node:os';

/** Where figures were measured: without it they say nothing. */
export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpus: string;
  readonly memoryGib: number;
}

export function machine(): Machine {
  return {
    node: process.version,
    system: `Linux ${release()} ${arch()}`,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
  };
}

export function describeMachine({ node, system, cpus: processors, memoryGib }: Machine): string {
  return `Node ${node}, ${system}, ${processors}, ${memoryGib} GiB`;
}
