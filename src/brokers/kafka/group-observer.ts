import type {
  AdminClient as NativeAdminClient,
  IAdminClient,
  ListOffsetsResult,
  OffsetSpec as NativeOffsetSpec,
  TopicDescription,
  TopicPartition,
} from '@confluentinc/kafka-javascript';

import type { Log } from '../../core/ports';
import { boundedCall } from './calls';
import { committedOffsets, connectClient, consumeWithin, disconnectClient } from './client';
import { createConsumer, type NativeConsumer, type NativeSdk, type Properties } from './native';

/** Time-out of one request, ms. */
const REQUEST_TIMEOUT = 5_000;
/** Time to read a message that exists, ms. */
const READ_TIMEOUT = 2_000;

/** Members of the add-on that its typings omit. */
type AdminSdk = typeof NativeAdminClient & { readonly OffsetSpec: typeof NativeOffsetSpec };

interface Observing {
  readonly consumer: NativeConsumer;
  readonly admin: IAdminClient;
}

export interface GroupObserverOptions {
  readonly sdk: NativeSdk;
  /** Of a client that reads the topic and may describe the group, but is not a member. */
  readonly properties: Properties;
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
}

/** State of a topic and a group's progress in it, seen from outside the group. */
export interface GroupView {
  /** Id of the topic: a new topic of the same name has another one. */
  readonly topicId: string;
  readonly partitions: readonly PartitionView[];
}

export interface PartitionView {
  readonly partition: number;
  /** The offset from which the group resumes: committed, or the oldest without a commit. */
  readonly next: number;
  /** The offset after the last record, transaction markers included. */
  readonly end: number;
  /** Of the commit. */
  readonly metadata?: string | undefined;
}

/**
 * Observes a group with a client outside of it: a member's client cannot be queried while it ends. The client's
 * description of a group would contain its assignments, but it crashes the process when the broker answers with an
 * error (confluent-kafka-javascript 1.10). So it observes progress.
 */
export class GroupObserver {
  #client: Observing | undefined;

  constructor(private readonly options: GroupObserverOptions) {}

  /**
   * Undefined while the topic does not exist. Rejects without a broker. Queries all partitions in the same few
   * requests: each call occupies a thread of libuv's pool, and polling needs one.
   *
   * @param except partitions that need no check
   */
  async observe(except: () => ReadonlySet<number>): Promise<GroupView | undefined> {
    const { topic } = this.options;
    const { admin, consumer } = await this.#connected();
    const [found] = await boundedCall<readonly TopicDescription[]>(
      [consumer],
      'describeTopics',
      REQUEST_TIMEOUT,
      (done) => admin.describeTopics([topic], { timeout: REQUEST_TIMEOUT }, done),
    );
    if (found === undefined || found.error) return undefined;
    const known = except();
    const asked = found.partitions.flatMap(({ partition }) =>
      known.has(partition) ? [] : [{ topic, partition }],
    );
    return { topicId: idOf(found), partitions: asked.length === 0 ? [] : await this.#progress(asked) };
  }

  async #progress(asked: TopicPartition[]): Promise<PartitionView[]> {
    const { consumer } = await this.#connected();
    const committed = await committedOffsets(consumer, asked);
    const [oldest, ends] = [await this.#offsets(asked, 'EARLIEST'), await this.#offsets(asked, 'LATEST')];
    return asked.map(({ partition }) => {
      const { offset = -1, metadata } = committed.find((one) => one.partition === partition) ?? {};
      return {
        partition,
        next: Math.max(oldest.get(partition) ?? 0, offset),
        end: ends.get(partition) ?? 0,
        metadata: metadata ?? undefined,
      };
    });
  }

  async #offsets(
    asked: readonly TopicPartition[],
    which: 'EARLIEST' | 'LATEST',
  ): Promise<ReadonlyMap<number, number>> {
    const { admin, consumer } = await this.#connected();
    const offset = this.#sdk.OffsetSpec[which];
    const specs = asked.map((one) => ({ ...one, offset }));
    const found = await boundedCall<readonly ListOffsetsResult[]>(
      [consumer],
      'listOffsets',
      REQUEST_TIMEOUT,
      (done) => admin.listOffsets(specs, { timeout: REQUEST_TIMEOUT }, done),
    );
    return new Map(found.flatMap((one) => (one.error ? [] : [[one.partition, one.offset]])));
  }

  /** By partition, the offset after the last record. */
  ends(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const { topic } = this.options;
    return this.#offsets(
      partitions.map((partition) => ({ topic, partition })),
      'LATEST',
    );
  }

  /** Whether a message can be read there: the end of a partition may contain transaction markers only. */
  async hasMessage({ partition, next }: PartitionView): Promise<boolean> {
    const { consumer } = await this.#connected();
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

  get #sdk(): AdminSdk {
    return (this.options.sdk as unknown as { AdminClient: AdminSdk }).AdminClient;
  }

  async #connected(): Promise<Observing> {
    return (this.#client ??= await this.#connect());
  }

  async #connect(): Promise<Observing> {
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
    return { consumer, admin: this.#sdk.createFrom(consumer) };
  }
}

function idOf({ topicId: { mostSignificantBits, leastSignificantBits } }: TopicDescription): string {
  return `${mostSignificantBits}/${leastSignificantBits}`;
}
