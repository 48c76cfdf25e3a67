import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { configProblems } from '../../setup/config-problems';
import { mistypedVariables } from '../../config/environment';
import { EXAMPLE_CONFIG } from '../../config/example';
import { DEFAULT_FILE } from '../../config/file';
import type { LoadedConfig } from '../../config/load';
import { configJsonSchema } from '../../config/json-schema';
import { masked, settingsInForce } from '../../config/settings';
import { StreamInferError } from '../../core/errors';
import { addConfigFlags, configFrom } from '../config-flags';
import { reasonOf } from '../image-file';

/** `config init|validate|print|schema`. */
export function configCommand(): Command {
  return new Command('config')
    .description('Make, check and show the configuration.')
    .addCommand(initCommand())
    .addCommand(validateCommand())
    .addCommand(printCommand())
    .addCommand(schemaCommand());
}

function initCommand(): Command {
  return new Command('init')
    .description(`Write an example configuration.`)
    .argument('[file]', 'where to', DEFAULT_FILE)
    .option('--force', 'overwrite an existing file')
    .action((file: string, options: { force?: boolean }) => {
      if (existsSync(file) && !options.force) {
        throw new StreamInferError(
          'USAGE',
          `${file} is there already; say --force to overwrite it, or name another file`,
        );
      }
      writeExample(file);
      process.stdout.write(`wrote ${file}\n`);
    });
}

function writeExample(file: string): void {
  try {
    writeFileSync(file, EXAMPLE_CONFIG);
  } catch (error) {
    throw new StreamInferError('FILE_UNREADABLE', `cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function validateCommand(): Command {
  const command = new Command('validate').description(
    'Check flags, environment and file; lists every mistake at once.',
  );
  return addConfigFlags(command, 'run').action(async () => {
    const problems = await configProblems(configFrom(command, 'run').config);
    for (const mistake of mistypedVariables(process.env)) process.stderr.write(`${mistake}\n`);
    // A machine that only checks files need not have what it takes to run.
    const missing = problems.filter(({ code }) => code === 'DEPENDENCY_MISSING');
    for (const { message } of missing) process.stderr.write(`not all could be checked: ${message}\n`);
    const mistakes = problems.filter(({ code }) => code !== 'DEPENDENCY_MISSING');
    if (mistakes.length > 0) throw all(mistakes);
    process.stdout.write('the configuration is valid\n');
  });
}

function all(mistakes: readonly StreamInferError[]): StreamInferError {
  const [first, ...more] = mistakes as [StreamInferError, ...StreamInferError[]];
  if (more.length === 0) return first;
  return new StreamInferError('CONFIG_INVALID', mistakes.map(({ message }) => message).join('\n'));
}

function printCommand(): Command {
  const command = new Command('print')
    .description(
      'Show the configuration that flags, environment, file and defaults give together; secrets are masked.',
    )
    .option('--sources', 'show where each setting came from');
  return addConfigFlags(command, 'run').action((options: { sources?: boolean }) => {
    const loaded = configFrom(command, 'run');
    process.stdout.write(options.sources ? withSources(loaded) : stringify(masked(loaded.config, [])));
  });
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the configuration file, for editors.')
    .action(() => {
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}

function withSources(loaded: LoadedConfig): string {
  return settingsInForce(loaded)
    .map(({ path, value, place }) => {
      const shown = value === undefined ? '(not set)' : JSON.stringify(value);
      return `${path.padEnd(34)} ${shown.padEnd(24)} ${place}\n`;
    })
    .join('');
}
