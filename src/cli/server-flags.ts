import type { Command } from 'commander';

/** Flags of commands that call a running process. */
export interface ServerFlags {
  readonly url?: string;
  readonly token?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function addServerFlags(command: Command, json: string): Command {
  return command
    .option('--url <address>', 'address of the process (default: http.host and http.port)')
    .option('--token <secret>', 'bearer token (default: http.token)')
    .option('-c, --config <file>', 'configuration file (default: ./stream-infer.yaml if present)')
    .option('--json', json);
}
