import type {
  AdminClient as NativeAdminClient,
  IAdminClient,
  TopicDescription,
} from '@confluentinc/kafka-javascript';

import type { Log } from '../../core/ports';
import { boundedCall } from './calls';
import { committedOffsets, connectClient, consumeWithin, disconnectClient, queryWatermarks } from './client';
import { createConsumer, type NativeConsumer, type NativeSdk, type Properties } from './native';

/** For one answer, ms. */
const REQUEST_TIMEOUT = 5_000;
/** For a message that is there, ms. */
const READ_TIMEOUT = 2_000;

export interface GroupObserverOptions {
  readonly sdk: NativeSdk;
  /** Of a client that reads the topic and may see the group; no member's. */
  readonly properties: Properties;
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
}

/** What a topic and a group's progress in it look like from outside. */
export interface GroupSight {
  /** Of the topic: one that is made anew under its name has another one. */
  readonly topicId: string;
  readonly partitions: readonly PartitionSight[];
}

export interface PartitionSight {
  readonly partition: number;
  /** The offset that the group goes on from: committed, or the oldest if nothing was. */
  readonly next: number;
  /** The offset after the last record, transaction markers included. */
  readonly end: number;
}

/**
 * Looks at a group without being in it, by a client of its own: a member's cannot be asked while it ends. The client's own
 * description of a group would say who has which partition, but it crashes the process when the broker answers with an
 * error (confluent-kafka-javascript 1.10), so progress is what is looked at.
 */
export class GroupObserver {
  #client: { readonly consumer: NativeConsumer; readonly admin: IAdminClient } | undefined;

  constructor(private readonly options: GroupObserverOptions) {}

  /** Undefined while the topic is not there. Rejects while no broker is. */
  async look(): Promise<GroupSight | undefined> {
    const { topic } = this.options;
    const { admin, consumer } = (this.#client ??= await this.#connect());
    const [found] = await boundedCall<readonly TopicDescription[]>(
      [consumer],
      'describeTopics',
      REQUEST_TIMEOUT,
      (done) => admin.describeTopics([topic], { timeout: REQUEST_TIMEOUT }, done),
    );
    if (found === undefined || found.error) return undefined;
    const asked = found.partitions.map(({ partition }) => ({ topic, partition }));
    const committed = await committedOffsets(consumer, asked);
    const partitions = await Promise.all(
      asked.map(async ({ partition }) => {
        const { low, high } = await queryWatermarks(consumer, topic, partition);
        const offset = committed.find((one) => one.partition === partition)?.offset ?? -1;
        return { partition, next: Math.max(low, offset), end: high };
      }),
    );
    return { topicId: idOf(found), partitions };
  }

  /** Whether a message can be read there: at the end of a partition there may be transaction markers only. */
  async hasMessage({ partition, next }: PartitionSight): Promise<boolean> {
    const { consumer } = (this.#client ??= await this.#connect());
    consumer.assign([{ topic: this.options.topic, partition, offset: next }]);
    try {
      return (await consumeWithin(consumer, 1, READ_TIMEOUT)).length > 0;
    } finally {
      consumer.assign([]);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await disconnectClient(client.consumer);
  }

  async #connect(): Promise<{ consumer: NativeConsumer; admin: IAdminClient }> {
    const { sdk, properties, group, topic, log } = this.options;
    const consumer = createConsumer(sdk, {
      ...properties,
      'group.id': group,
      'enable.partition.eof': false,
    });
    consumer.on('event.error', () => undefined);
    consumer.on('event.log', (event: { message?: string }) =>
      log.debug({ librdkafka: event.message }, 'kafka group observer'),
    );
    await connectClient(consumer, topic);
    const { AdminClient } = sdk as unknown as { AdminClient: typeof NativeAdminClient };
    return { consumer, admin: AdminClient.createFrom(consumer) };
  }
}

function idOf({ topicId: { mostSignificantBits, leastSignificantBits } }: TopicDescription): string {
  return `${mostSignificantBits}/${leastSignificantBits}`;
}
