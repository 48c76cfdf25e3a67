import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from './command.mjs';

/** Settings that `npm start` and a user's configuration hand down, and that would change what is installed. */
const DROPPED =
  /^npm_(package_|lifecycle_|config_(ignore_scripts|dry_run|global|omit|only|production|local_prefix|prefix|workspace)$)/i;

export function npm(args, options = {}) {
  const cli = process.env.npm_execpath;
  const env = npmEnvironment(options.env);
  // Yarn and pnpm set npm_execpath too.
  if (cli && basename(cli) === 'npm-cli.js' && existsSync(cli)) {
    return run(process.execPath, [cli, ...args], { ...options, env });
  }
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, env });
}

export function npmEnvironment(extra = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !DROPPED.test(name));
  return { ...Object.fromEntries(inherited), ...extra };
}
