import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { loadConfig } from '../config/load';
import type { ProcessServer } from '../setup/process-client';

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

export function serverOf({ url, token, config: file }: ServerFlags): ProcessServer {
  const { http } = loadConfig({ file }).config;
  return { url: url ?? addressOf(http.host, http.port), token: token ?? http.token };
}

/** Empty for a user id without an entry in the system's user database. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** A server that listens on all addresses also listens on localhost. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
