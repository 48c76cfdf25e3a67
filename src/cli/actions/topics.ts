import type { Command } from 'commander';
import { topicsOfModels } from '../../setup/topics';
import { recordCreated, recordDeleted, toResources } from '../../setup/resource-ledger';
import type { LoadedConfig } from '../../config/load';
import type { Config } from '../../config/schema';
import { inputSubscription } from '../../config/topics';
import { StreamInferError } from '../../core/errors';
import type { BrokerAdmin, TopicRequest } from '../../core/ports';
import { configFrom } from '../config-from';
import { withConnection } from '../connection';

interface CreateOptions {
  readonly partitions: number;
  readonly delivery?: string;
}

export async function createTopics(options: CreateOptions, command: Command): Promise<void> {
  const given = options.delivery === undefined ? {} : { delivery: options.delivery };
  const loaded = configFrom(command, 'broker', given);
  const { config } = loaded;
  await withTopics(loaded, options.partitions, async (admin, topics, signal) => {
    const made = await admin.createTopics(topics, signal);
    recordCreated(config, topics, made);
    process.stdout.write(made.length > 0 ? `created ${made.join(', ')}\n` : 'all topics exist already\n');
    reportUnchanged(command, config, made);
  });
}

export async function deleteTopics(options: { readonly yes?: boolean }, command: Command): Promise<void> {
  const loaded = configFrom(command, 'broker');
  const { config } = loaded;
  await withTopics(loaded, 1, async (admin, topics, signal) => {
    const names = topics.map(({ topic }) => topic).join(', ');
    if (!options.yes)
      throw new StreamInferError('USAGE', `this permanently deletes ${names}; add --yes to confirm`);
    const deleted = await admin.deleteTopics(topics, signal);
    recordDeleted(config, toResources(topics));
    process.stdout.write(
      deleted.length > 0 ? `deleted ${deleted.join(', ')}\n` : 'none of the topics exists\n',
    );
  });
}

/** Reports existing topics that may differ from the flags: they are not changed. */
function reportUnchanged(command: Command, config: Config, made: readonly string[]): void {
  const subscription = inputSubscription(config);
  if (config.broker === 'pubsub' && config.delivery === 'exactly-once' && !made.includes(subscription)) {
    process.stderr.write(
      `${subscription} exists already and was not changed; to enable exactly-once delivery: ` +
        `gcloud pubsub subscriptions update ${subscription} --enable-exactly-once-delivery\n`,
    );
  }
  const kept = [config.input.topic, config.output.topic].filter((topic) => !made.includes(topic));
  const asked = config.broker === 'kafka' && command.getOptionValueSource('partitions') === 'cli';
  if (asked && kept.length > 0)
    process.stderr.write(`${kept.join(', ')}: exists already; the number of partitions was not changed\n`);
}

async function withTopics(
  loaded: LoadedConfig,
  partitions: number,
  work: (admin: BrokerAdmin, topics: readonly TopicRequest[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await withConnection(loaded.config, async ({ broker, signal }) => {
    const admin = broker.createAdmin();
    try {
      await work(admin, topicsOfModels(loaded, partitions), signal);
    } finally {
      await admin.close();
    }
  });
}
