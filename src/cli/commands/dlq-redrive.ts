import { Command, Option } from 'commander';
import { MAX_REDRIVES } from '../../core/dead-letter';
import { REJECTION_CODES } from '../../core/errors';
import { addConfigFlags } from '../add-config-flags';
import { positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Originals are published to the input topic (Pub/Sub: the topic of the input subscription).
A dead letter from another topic is skipped, unless --to names a topic.

Key, value and headers are those of the original; the timestamp is new, and the header
redrive-count is added. The prediction has the same id as it would have had the first
time. A redriven dead letter is not redriven again. Kafka records it in the consumer group
"<dead-letter topic>.redrive", kept for offsets.retention.minutes (7 days). Pub/Sub
acknowledges it in the subscription "<dead-letter topic>-sub".
Truncated dead letters and those redriven too often are kept.

The exit code is 1 if a dead letter named with --id was not redriven.

Examples:
  $ stream-infer dlq redrive --broker kafka --id images/0/1041
  $ stream-infer dlq redrive --broker kafka --code WORKER_TIMEOUT --limit 100 --dry-run
  $ stream-infer dlq redrive --broker pubsub --all --yes`;

export function dlqRedriveCommand(): Command {
  const command = new Command('redrive')
    .description('Republish the originals of dead letters: one, some or all.')
    .option('--id <source-id...>', 'dead letters with these source ids')
    .addOption(new Option('--code <code>', 'dead letters with this code').choices(REJECTION_CODES))
    .option('--all', 'every dead letter not redriven before; requires --yes')
    .option('--to <topic>', 'target topic (default: the input topic)')
    .option('--limit <n>', 'most dead letters redriven', positiveWholeNumber)
    .option('--dry-run', 'preview without publishing')
    .option('--force', `no limit of ${MAX_REDRIVES} redrives per message`)
    .option('--yes', 'no confirmation prompt for --all and --to');
  addConfigFlags(command, 'broker');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/dlq-redrive.js')).redriveLetters),
  );
}
