import type {
  AdminClient as NativeAdminClient,
  IAdminClient,
  LibrdKafkaError,
} from '@confluentinc/kafka-javascript';

import { StreamInferError } from '../../core/errors';
import type { BrokerAdmin, Log, TopicRequest } from '../../core/ports';
import type { Reach } from '../reach';
import { boundedCall, hungCallOf } from './calls';
import { KAFKA, kafkaCodeOf, toKafkaError } from './errors';
import { Health } from './health';
import { authenticateAdmin, tokensOf } from './identity/authenticated-sdk';
import type { NativeSdk, Properties } from './native';

const DEFAULT_PARTITIONS = 4;
const STAMPED_BY_BROKER = { 'message.timestamp.type': 'LogAppendTime' } as const;
/** Time-out of one request, ms. */
const REQUEST_TIMEOUT = 5_000;
/** Time for the cluster to learn of a new topic or to forget a deleted one, ms. */
const SETTLE_TIMEOUT = 10_000;

/** For `Reach`: each attempt to create topics has an admin of its own, and an outage outlasts them. */
const ADMINS = {};

export interface KafkaAdminOptions {
  readonly sdk: NativeSdk;
  readonly properties: Properties;
  readonly address: string;
  readonly log: Log;
  readonly reach: Reach;
  readonly onClose: (admin: KafkaAdmin) => void;
}

export class KafkaAdmin implements BrokerAdmin {
  #client: IAdminClient | undefined;
  readonly #health: Health;

  constructor(private readonly options: KafkaAdminOptions) {
    const { address, reach } = options;
    this.#health = new Health({
      address,
      // Its requests wait for seconds before they fail.
      onChange: ({ reason = '' }, reachable) => !reachable && reach.lost(ADMINS, reason),
    });
  }

  /** With the broker's default replication. */
  async createTopics(topics: readonly TopicRequest[]): Promise<string[]> {
    const made: string[] = [];
    for (const { topic, partitions = DEFAULT_PARTITIONS, stampedByBroker, subscriptionOnly } of topics) {
      if (subscriptionOnly) continue;
      const config = stampedByBroker ? STAMPED_BY_BROKER : {};
      const request = { topic, num_partitions: partitions, replication_factor: -1, config };
      const isNew = await this.#call(topic, KAFKA.TOPIC_ALREADY_EXISTS, (client, done) =>
        client.createTopic(request, REQUEST_TIMEOUT, done),
      );
      if (isNew) made.push(topic);
    }
    await this.#until((listed) => made.every((topic) => listed.has(topic)));
    return made;
  }

  async deleteTopics(topics: readonly TopicRequest[]): Promise<string[]> {
    const deleted: string[] = [];
    for (const { topic, subscriptionOnly } of topics) {
      if (subscriptionOnly) continue;
      const wasThere = await this.#call(topic, KAFKA.UNKNOWN_TOPIC_OR_PART, (client, done) =>
        client.deleteTopic(topic, REQUEST_TIMEOUT, done),
      );
      if (wasThere) deleted.push(topic);
    }
    await this.#until((listed) => deleted.every((topic) => !listed.has(topic)));
    return deleted;
  }

  async close(): Promise<void> {
    // With a hung call in the background, disconnecting would block this thread.
    if (this.#client !== undefined && hungCallOf(this.#client) === undefined) this.#client.disconnect();
    this.#client = undefined;
    this.options.onClose(this);
  }

  /** Resolves with false if the error code of the broker is `nothingToDo`. */
  async #call(
    topic: string,
    nothingToDo: number,
    request: (client: IAdminClient, done: (error?: LibrdKafkaError) => void) => void,
  ): Promise<boolean> {
    const client = await this.#connected();
    try {
      await boundedCall<void>([client], 'an administration request', REQUEST_TIMEOUT, (done) =>
        request(client, (error) => done(error, undefined)),
      );
      this.#answered();
      return true;
    } catch (error) {
      if (kafkaCodeOf(error) === nothingToDo) {
        this.#answered();
        return false;
      }
      throw this.#failed(toKafkaError(error, `the topic ${topic} at ${this.options.address}`, 'INTERNAL'));
    }
  }

  /** Brokers answer before all of them know the change: the next client to connect might not find the topic. */
  async #until(condition: (topics: ReadonlySet<string>) => boolean): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT;
    while (!condition(await this.#listTopics())) {
      if (performance.now() > deadline) {
        throw new StreamInferError(
          'TIMEOUT',
          `Kafka at ${this.options.address} did not finish changing its topics in time`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #listTopics(): Promise<ReadonlySet<string>> {
    const client = await this.#connected();
    try {
      const topics = await boundedCall<readonly string[]>([client], 'listTopics', REQUEST_TIMEOUT, (done) =>
        client.listTopics({ timeout: REQUEST_TIMEOUT }, done),
      );
      return new Set(topics);
    } catch (error) {
      throw this.#failed(toKafkaError(error, `Kafka at ${this.options.address}`, 'BROKER_UNREACHABLE'));
    }
  }

  #answered(): void {
    this.#health.onAnswer();
    this.options.reach.answered(ADMINS);
  }

  #failed(error: StreamInferError): StreamInferError {
    if (error.code === 'BROKER_UNREACHABLE') this.options.reach.lost(ADMINS, error.message);
    return error;
  }

  async #connected(): Promise<IAdminClient> {
    await tokensOf(this.options.sdk)?.ready();
    const { AdminClient } = this.options.sdk as unknown as { AdminClient: typeof NativeAdminClient };
    this.#client ??= AdminClient.create(
      { ...this.options.properties },
      {
        'event.error': (error: LibrdKafkaError) =>
          this.options.log.debug({ error: error.message }, 'kafka admin error'),
        'event.log': (event: { message?: string }) => {
          this.#health.onLog(event.message);
          this.options.log.debug({ librdkafka: event.message }, 'kafka admin');
        },
      },
    );
    const client = this.#client;
    if (hungCallOf(client) === undefined) await authenticateAdmin(client);
    return client;
  }
}
