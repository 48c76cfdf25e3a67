import { Command } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Lists everything before removing anything. Topics of the configuration and their
subscriptions are removed only if stream-infer created them from this account
(see made.ndjson in the data folder). The command topics delete removes the others.
Stores and journals in use by a running process are kept, as are models and images.
--yes is required when stdin is not a terminal.

Exit codes: 0 everything removed, 1 something was kept, 2 not confirmed.

Examples:
  $ stream-infer clean
  $ stream-infer clean --broker kafka --bootstrap-servers localhost:9092
  $ stream-infer clean --broker pubsub --project my-project --yes --json`;

export function cleanCommand(): Command {
  const command = new Command('clean')
    .description('Remove the topics, stores and journals that were created here.')
    .option('--yes', 'no confirmation prompt')
    .option('--json', 'removed and kept items as JSON')
    .option('--store <file>', 'store to remove (default: both in the data folder)');
  addConfigFlags(command, 'broker');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/clean.js')).clean));
}
