import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** The name of the package, of its bin, and in texts before `runnable` replaces it. */
export const NAME = 'stream-infer';

interface Start {
  /** Path of the script or link that was started. */
  readonly script: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The command that starts this program again from the same folder: `npm start --`, `npx stream-infer`, … */
export function programName(
  start: Start = { script: process.argv[1] ?? '', cwd: process.cwd(), env: process.env },
): string {
  const { script, cwd, env } = start;
  if (env['npm_lifecycle_event'] === 'start' && basename(script) === 'main.js') return 'npm start --';
  if (isCheckout(cwd)) return `npx --no-install ${NAME}`;
  if (basename(script).startsWith(NAME)) return onPath(script, env) ? NAME : `npx ${NAME}`;
  return script === '' ? NAME : `node ${relative(cwd, script)}`;
}

/** Replaces `stream-infer <command>` in help and messages by a command that works as printed. */
export function runnable(text: string, name = programName()): string {
  return name === NAME ? text : text.replace(COMMAND, name);
}

const COMMANDS =
  'run|demo|publish|tail|serve|replay|classify|train|evaluate|models|bench|dlq|alerts|ctl|labels|topics|clean|config|doctor|completion|help';

/** `stream-infer` in front of a command or a flag, or alone after `$ `; not in sentences about the program. */
const COMMAND = new RegExp(
  `(?<=^|[\\s\`'"(])${NAME}(?= (?:${COMMANDS})\\b| --?[a-z]| <command>)|(?<=\\$ )${NAME}(?=$|  )`,
  'gm',
);

function isCheckout(folder: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    return name === NAME && existsSync(join(folder, 'dist', 'cli', 'main.js'));
  } catch {
    return false;
  }
}

/** A command of npx is on the PATH of that one process only. */
function onPath(script: string, { npm_command: command, PATH = '' }: NodeJS.ProcessEnv): boolean {
  return command !== 'exec' && PATH.split(':').includes(dirname(script));
}
