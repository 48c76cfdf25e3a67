import {
  connectClient,
  disconnectClient,
  loadKafka,
  partitionsOf,
  queryWatermarks,
  topicMetadata,
} from './client';
import { toKafkaError } from './errors';
import { authenticate } from './identity/authenticate';
import type { TokenKeeper } from './identity/keeper';
import { createConsumer, type NativeConsumer } from './native';
import { scanProperties } from './properties';
import type { KafkaSettings } from './settings';

/** Address of a broker, as it advertises itself. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Number of messages in topics, by their watermarks: no message is read. */
export class TopicEnds {
  private constructor(
    private readonly consumer: NativeConsumer,
    private readonly partitions: readonly { readonly topic: string; readonly partition: number }[],
    readonly brokers: readonly BrokerAddress[],
    private readonly tokens: TokenKeeper | undefined,
  ) {}

  static async open(
    settings: KafkaSettings,
    clientId: string,
    topics: readonly string[],
  ): Promise<TopicEnds> {
    const { sdk, settings: own, tokens } = authenticate(settings, loadKafka());
    const consumer = createConsumer(sdk, { ...scanProperties(own, clientId, null) });
    try {
      const { brokers } = await connectClient(consumer);
      const found = await Promise.all(topics.map((topic) => topicMetadata(consumer, topic)));
      const partitions = topics.flatMap((topic, i) =>
        partitionsOf(found[i] as (typeof found)[number], topic).map((partition) => ({ topic, partition })),
      );
      return new TopicEnds(consumer, partitions, brokers, tokens);
    } catch (error) {
      tokens?.close();
      throw toKafkaError(error, 'Watching the topics of the benchmark', 'BROKER_UNREACHABLE');
    }
  }

  /** Messages in all topics together; in exactly-once mode this includes transaction markers. */
  async count(): Promise<number> {
    let messages = 0;
    for (const { topic, partition } of this.partitions) {
      const { low, high } = await queryWatermarks(this.consumer, topic, partition);
      messages += high - low;
    }
    return messages;
  }

  async close(): Promise<void> {
    await disconnectClient(this.consumer);
    this.tokens?.close();
  }
}
