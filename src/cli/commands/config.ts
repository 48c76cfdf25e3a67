import { Command } from 'commander';
import { DEFAULT_FILE } from '../../config/default-file';
import { addConfigFlags } from '../add-config-flags';
import { lazily } from '../lazily';

const actions = () => import('../actions/config.js');

/** `config init|validate|print|schema`. */
export function configCommand(): Command {
  return new Command('config')
    .description('Create, check and show the configuration.')
    .addCommand(initCommand())
    .addCommand(validateCommand())
    .addCommand(printCommand())
    .addCommand(schemaCommand());
}

function initCommand(): Command {
  return new Command('init')
    .description('Write an example configuration.')
    .argument('[file]', 'file to write', DEFAULT_FILE)
    .option('--force', 'overwrite of an existing file')
    .action(lazily(async () => (await actions()).initConfig));
}

function validateCommand(): Command {
  const command = new Command('validate').description(
    'Check flags, environment and file; list every mistake.',
  );
  return addConfigFlags(command, 'run').action(lazily(async () => (await actions()).validateConfig));
}

function printCommand(): Command {
  const command = new Command('print')
    .description('Show the resulting configuration, with secrets masked.')
    .option('--sources', 'source of each setting: flag, environment, file or default');
  return addConfigFlags(command, 'run').action(lazily(async () => (await actions()).printConfig));
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the configuration file, for editors.')
    .action(lazily(async () => (await actions()).printSchema));
}
