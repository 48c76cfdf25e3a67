import pino from 'pino';
import type Pretty from 'pino-pretty';
import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import { prettyLine } from './pretty-line';

/** Logs go to stderr; stdout is for the output of commands. */
export function createLogger(options: Config['log'], name = 'stream-infer'): Log {
  const pretend = options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY);
  const settings = { name, level: options.level, base: null };
  // Synchronous, so that lines written just before the exit are not lost.
  if (!pretend) return pino(settings, pino.destination({ dest: 2, sync: true }));
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: only a terminal needs it
  const pretty = require('pino-pretty') as typeof Pretty;
  const colorize = process.stderr.isTTY && !process.env['NO_COLOR'];
  return pino(
    settings,
    pretty({
      destination: 2,
      sync: true,
      colorize,
      ignore: 'pid,hostname,name',
      translateTime: 'HH:MM:ss',
      hideObject: true,
      messageFormat: (line) => prettyLine(line),
    }),
  );
}
