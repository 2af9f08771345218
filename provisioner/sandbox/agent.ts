/** What the sandbox's endpoint needs of a node: the part that the SSM agent plays on a real one. */
export interface Agent {
  readonly instanceId: string;
  /** The node's name in the inventory: what a setting means it by. */
  readonly nodeName: string;
  readonly computerName: string;
  readonly ipAddress: string;
  /** Whether the node's namespaces are up. */
  readonly running: boolean;
  /** Writes the lines to a script file as the agent does and runs it with `sh`, in a process group of its own. */
  start(command: AgentCommand): RunningCommand;
}

export interface AgentCommand {
  readonly commandId: string;
  readonly lines: readonly string[];
  readonly workingDirectory?: string;
}

export interface RunningCommand {
  /** Settles when the script's process group is gone. */
  readonly result: Promise<{ readonly exitCode: number; readonly stdout: Buffer; readonly stderr: Buffer }>;
  /** SIGKILL to the whole process group, as the agent does on a time-out and on a cancel. */
  kill(): void;
}
