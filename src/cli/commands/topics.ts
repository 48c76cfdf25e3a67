import { Command } from 'commander';
import { topicsOf } from '../../setup/topics';
import { recordDeleted, recordCreated, toResources } from '../../setup/resource-ledger';
import type { Config } from '../../config/schema';
import { inputSubscription } from '../../config/topics';
import { StreamInferError } from '../../core/errors';
import type { BrokerAdmin, TopicRequest } from '../../core/ports';
import { positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';

/** `topics create` and `topics delete`: the input, output and dead-letter topics, with subscriptions on Pub/Sub. */
export function topicsCommand(): Command {
  return new Command('topics')
    .description('Make or delete the topics (and Pub/Sub subscriptions) that a configuration names.')
    .addCommand(createCommand())
    .addCommand(deleteCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer topics create --broker kafka --partitions 8
  $ stream-infer topics delete --broker kafka --yes`,
    );
}

interface CreateOptions {
  readonly partitions: number;
  readonly delivery?: string;
}

function createCommand(): Command {
  const command = new Command('create')
    .description('Make the topics that are not there yet.')
    .option('--partitions <n>', 'partitions of the input and output topics (Kafka)', positiveWholeNumber, 4)
    .option('--delivery <mode>', 'exactly-once: an input subscription with exactly-once delivery (Pub/Sub)');
  return addConfigFlags(command, 'broker').action(async (options: CreateOptions) => {
    const given = options.delivery === undefined ? {} : { delivery: options.delivery };
    const { config } = configFrom(command, 'broker', given);
    await withTopics(config, options.partitions, async (admin, topics, signal) => {
      const made = await admin.createTopics(topics, signal);
      recordCreated(config, topics, made);
      process.stdout.write(made.length > 0 ? `made ${made.join(', ')}\n` : 'all topics are there already\n');
      tellUnchanged(command, config, made);
    });
  });
}

/** What is there stays as it was made, which may not be what was asked for now. */
function tellUnchanged(command: Command, config: Config, made: readonly string[]): void {
  const subscription = inputSubscription(config);
  if (config.broker === 'pubsub' && config.delivery === 'exactly-once' && !made.includes(subscription)) {
    process.stderr.write(
      `${subscription} was there before and is left as it is; if it was made without exactly-once delivery: ` +
        `gcloud pubsub subscriptions update ${subscription} --enable-exactly-once-delivery\n`,
    );
  }
  const kept = [config.input.topic, config.output.topic].filter((topic) => !made.includes(topic));
  const asked = config.broker === 'kafka' && command.getOptionValueSource('partitions') === 'cli';
  if (asked && kept.length > 0)
    process.stderr.write(`${kept.join(', ')}: there before, with the partitions that they have\n`);
}

function deleteCommand(): Command {
  const command = new Command('delete')
    .description('Delete the topics with everything in them.')
    .option('--yes', 'do it; without this only the names are shown');
  return addConfigFlags(command, 'broker').action(async (options: { yes?: boolean }) => {
    const { config } = configFrom(command, 'broker');
    await withTopics(config, 1, async (admin, topics, signal) => {
      const names = topics.map(({ topic }) => topic).join(', ');
      if (!options.yes)
        throw new StreamInferError('USAGE', `this deletes ${names} for good; say --yes to do it`);
      const deleted = await admin.deleteTopics(topics, signal);
      recordDeleted(config, toResources(topics));
      process.stdout.write(
        deleted.length > 0 ? `deleted ${deleted.join(', ')}\n` : 'none of the topics was there\n',
      );
    });
  });
}

async function withTopics(
  config: Config,
  partitions: number,
  work: (admin: BrokerAdmin, topics: readonly TopicRequest[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await withConnection(config, async ({ broker, signal }) => {
    const admin = broker.createAdmin();
    try {
      await work(admin, topicsOf(config, partitions), signal);
    } finally {
      await admin.close();
    }
  });
}
