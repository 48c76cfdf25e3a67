import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { mistypedVariables } from '../../config/environment';
import { EXAMPLE_CONFIG } from '../../config/example';
import { configJsonSchema } from '../../config/json-schema';
import type { LoadedConfig } from '../../config/load';
import { masked, settingsInForce, withUnit } from '../../config/settings';
import { StreamInferError } from '../../core/errors';
import { configProblems } from '../../setup/config-problems';
import { configFrom } from '../config-from';
import { reasonOf } from '../../dataset/image-file';
import { runnable } from '../program-name';

export function initConfig(file: string, options: { readonly force?: boolean }): void {
  if (existsSync(file) && !options.force)
    throw new StreamInferError('USAGE', `${file} exists; use --force to overwrite it, or name another file`);
  writeExample(file);
  process.stdout.write(`wrote ${file}\n`);
}

export async function validateConfig(_options: object, command: Command): Promise<void> {
  const problems = await configProblems(configFrom(command, 'run').config);
  for (const mistake of mistypedVariables(process.env)) process.stderr.write(`${mistake}\n`);
  // A machine that only checks files may lack the native modules that run needs.
  const missing = problems.filter(({ code }) => code === 'DEPENDENCY_MISSING');
  for (const { message } of missing) process.stderr.write(`some settings could not be checked: ${message}\n`);
  const mistakes = problems.filter(({ code }) => code !== 'DEPENDENCY_MISSING');
  if (mistakes.length > 0) throw asOne(mistakes);
  process.stdout.write('the configuration is valid\n');
}

export function printConfig(options: { readonly sources?: boolean }, command: Command): void {
  const loaded = configFrom(command, 'run');
  process.stdout.write(options.sources ? withSources(loaded) : stringify(masked(loaded.config, [])));
}

export function printSchema(): void {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

function writeExample(file: string): void {
  try {
    writeFileSync(file, runnable(EXAMPLE_CONFIG));
  } catch (error) {
    throw new StreamInferError('FILE_UNREADABLE', `cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function asOne(mistakes: readonly StreamInferError[]): StreamInferError {
  const [first, ...more] = mistakes as [StreamInferError, ...StreamInferError[]];
  if (more.length === 0) return first;
  return new StreamInferError('CONFIG_INVALID', mistakes.map(({ message }) => message).join('\n'));
}

function withSources(loaded: LoadedConfig): string {
  return settingsInForce(loaded)
    .map(({ path, value, place, unit }) => {
      const shown = withUnit({ value, unit }) ?? (value === undefined ? '(not set)' : JSON.stringify(value));
      return `${path.padEnd(34)} ${shown.padEnd(24)} ${place}\n`;
    })
    .join('');
}
