import { Command } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Examples:
  $ stream-infer topics create --broker kafka --partitions 8
  $ stream-infer topics delete --broker kafka --yes`;

const actions = () => import('../actions/topics.js');

/** `topics create` and `topics delete`: the input, output and dead-letter topics, with subscriptions on Pub/Sub. */
export function topicsCommand(): Command {
  const command = new Command('topics')
    .description('Create or delete the topics and Pub/Sub subscriptions of a configuration.')
    .addCommand(createCommand())
    .addCommand(deleteCommand());
  return addHelp(command, HELP);
}

function createCommand(): Command {
  const command = new Command('create')
    .description('Create the missing topics.')
    .option('--partitions <n>', 'partitions of input and output topic (Kafka)', positiveWholeNumber, 4)
    .option('--delivery <mode>', 'exactly-once: for the input subscription (Pub/Sub)');
  return addConfigFlags(command, 'broker').action(lazily(async () => (await actions()).createTopics));
}

function deleteCommand(): Command {
  const command = new Command('delete')
    .description('Delete the topics and all their messages.')
    .option('--yes', 'confirmation; otherwise only the names are shown');
  return addConfigFlags(command, 'broker').action(lazily(async () => (await actions()).deleteTopics));
}
