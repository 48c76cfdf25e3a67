import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { PREDICTIONS_SUBSCRIPTION } from '../../config/topics';
import { addConfigFlags } from '../add-config-flags';
import { positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Kafka: reads without a consumer group and commits nothing. Pub/Sub: reads and acknowledges
the subscription "${PREDICTIONS_SUBSCRIPTION}" (or --subscription).

Examples:
  $ stream-infer tail --broker kafka --from earliest --limit 20
  $ stream-infer tail --broker kafka --wrong --json | jq .className
  $ stream-infer tail --broker pubsub --label Bag`;

export function tailCommand(): Command {
  const command = new Command('tail')
    .description('Follow the predictions topic.')
    .option('--json', 'NDJSON, as published')
    .option('--wrong', 'predictions that differ from the known true class')
    .option('--label <class>', 'predictions of this class, by number or name')
    .addOption(choiceOption('--from', ['earliest', 'latest'], 'start position', 'latest'))
    .option('--limit <n>', 'predictions after which tail stops', positiveWholeNumber);
  addConfigFlags(command, 'broker');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/tail.js')).tail));
}
