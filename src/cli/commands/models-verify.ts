import { Command } from 'commander';
import { lazily } from '../lazily';

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Check the SHA-256 sums and golden vectors of models on each runtime.')
    .argument('[model]', 'name, name@version, or folder (default: every shipped model)')
    .option('--json', 'JSON output')
    .addHelpText('after', '\nThe exit code is 4 if a check fails.')
    .action(lazily(async () => (await import('../actions/models-verify.js')).verify));
}
