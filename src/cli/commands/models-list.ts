import { Command } from 'commander';
import { lazily } from '../lazily';

export function listCommand(): Command {
  return new Command('list')
    .description('List the models in a folder with accuracy and size.')
    .argument('[folder]', 'folder with <name>/<version> folders (default: the shipped models, and ./models)')
    .option('--json', 'JSON output')
    .action(lazily(async () => (await import('../actions/models-list.js')).listAll));
}
