import { userInfo } from 'node:os';
import { loadConfig } from '../config/load';
import type { ProcessServer } from '../setup/process-client';
import type { ServerFlags } from './server-flags';

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
