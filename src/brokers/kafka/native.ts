import type {
  KafkaConsumer,
  LibrdKafkaError,
  Message,
  Metadata,
  Producer,
  TopicPartition,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  WatermarkOffsets,
} from '@confluentinc/kafka-javascript';
import type * as Sdk from '@confluentinc/kafka-javascript';

/** Members of the add-on that its typings omit. */
interface ConsumerExtras {
  incrementalAssign(partitions: readonly TopicPartition[]): this;
  incrementalUnassign(partitions: readonly TopicPartition[]): this;
  /** Whether the broker already revoked the assignment. Never call it after `disconnect`: it crashes the process. */
  assignmentLost(): boolean;
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
  commitCb(offsets: TopicPartitionOffsetAndMetadata[], done: (error: LibrdKafkaError | null) => void): this;
}

export type NativeConsumer = KafkaConsumer & ConsumerExtras;
export type NativeProducer = Producer;
export type NativeSdk = typeof Sdk;
export type {
  LibrdKafkaError,
  Message,
  Metadata,
  TopicPartition,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  WatermarkOffsets,
};

export type Properties = Record<string, string | number | boolean>;
export type RebalanceCallback = (error: LibrdKafkaError, partitions: TopicPartition[]) => void;

export function createConsumer(
  sdk: NativeSdk,
  properties: Properties,
  onRebalance?: RebalanceCallback,
): NativeConsumer {
  const callbacks = onRebalance === undefined ? {} : { rebalance_cb: onRebalance, offset_commit_cb: true };
  return new sdk.KafkaConsumer({ ...properties, ...callbacks }) as NativeConsumer;
}

/** Without delivery reports: the commit of a transaction confirms its messages. */
export function createTransactionalProducer(sdk: NativeSdk, properties: Properties): NativeProducer {
  return new sdk.Producer({ ...properties });
}

export function createProducer(sdk: NativeSdk, properties: Properties): NativeProducer {
  return new sdk.Producer({ ...properties, dr_cb: true });
}
