/** What the sandbox's endpoint needs of a node: the part that the SSM agent plays on a real one. */
export interface Agent {
  readonly instanceId: string;
  /** The node's name in the inventory: what a setting means it by. */
  readonly nodeName: string;
  readonly computerName: string;
  readonly ipAddress: string;
  /** Whether the node is up, not down or rebooting. */
  readonly running: boolean;
  /** Reboots the node; resolves when it is up again. */
  reboot(): Promise<void>;
  /** Goes down and stays down, until the sandbox is brought up anew. */
  goAway(): void;
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
  readonly result: Promise<{
    readonly exitCode: number;
    readonly stdout: Buffer;
    readonly stderr: Buffer;
    /** The node went down in the middle of it: nobody is there to tell its end. */
    readonly lost?: boolean;
  }>;
  /** SIGKILL to the whole process group, as the agent does on a time-out and on a cancel. */
  kill(): void;
}
