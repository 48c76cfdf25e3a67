import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder for files that outlast the process: `$XDG_DATA_HOME/stream-infer`. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'stream-infer');
}
