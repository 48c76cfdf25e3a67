import { Command, Option } from 'commander';
import { choiceOption } from '../choice-option';
import { REJECTION_CODES } from '../../core/errors';
import { addConfigFlags } from '../add-config-flags';
import { positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Kafka: reads without a consumer group and commits nothing. Pub/Sub: leases the messages
of the subscription "<dead-letter topic>-sub" and releases them at the end; other readers
of the subscription receive them later.

Examples:
  $ stream-infer dlq list --broker kafka --from latest --limit 20
  $ stream-infer dlq list --broker kafka --code CORRUPT --json | jq -r .sourceId`;

export function dlqListCommand(): Command {
  const command = new Command('list')
    .description('List dead letters: time, code, stage, source id, size, reason.')
    .addOption(choiceOption('--from', ['earliest', 'latest'], 'oldest or newest first', 'earliest'))
    .option('--limit <n>', 'most dead letters listed', positiveWholeNumber, 100)
    .addOption(new Option('--code <code>', 'dead letters with this code only').choices(REJECTION_CODES))
    .option('--json', 'NDJSON with all headers and fields');
  addConfigFlags(command, 'broker');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/dlq-list.js')).listLetters),
  );
}
