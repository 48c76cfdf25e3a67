import { Command } from 'commander';
import { lazily } from '../lazily';

export function listCommand(): Command {
  return new Command('list')
    .description('List the models in a folder with accuracy and size.')
    .argument('[folder]', 'models folder (default: the shipped one, and ./models)')
    .option('--json', 'JSON output')
    .action(lazily(async () => (await import('../actions/models-list.js')).listAll));
}
