import { StreamInferError } from '../../core/errors';
import { InOrder } from './in-order';
import type { Delivery } from '../../core/message';
import type {
  CommitResult,
  ConnectionStatus,
  Log,
  MessageSource,
  TransactionContent,
  Transactions,
} from '../../core/ports';
import type { Companion } from './companion';
import { bytesOf, type KafkaDelivery } from './convert';
import { statusOf, type OnHealth } from './health';
import { RecentEvent } from './recent-event';
import type { PartitionAssignment } from './partition-assignment';
import type { NativeSdk, Properties, TopicPartitionOffset } from './native';
import type { Session } from './session';
import type { KafkaSource } from './source';
import type { Advanced } from './transaction-calls';
import { TransactionalProducer } from './transactional-producer';

/** Time for the consumer to report whether it is fenced, too, ms: many heartbeats, since the machine may be busy. */
const FENCING_REPORT = 10_000;

export interface KafkaTransactionsOptions {
  readonly sdk: NativeSdk;
  /** Of the producer. */
  readonly properties: Properties;
  readonly address: string;
  /** That the source reads. */
  readonly topic: string;
  readonly log: Log;
  readonly createSource: (companion: Companion) => KafkaSource;
}

/**
 * A consumer and a transactional producer that start and end together. The producer first aborts open transactions of
 * a predecessor, then the consumer reads its position. When either is lost, both are replaced.
 */
export class KafkaTransactions implements Transactions {
  readonly source: MessageSource;
  readonly #kafkaSource: KafkaSource;
  /** Deliveries of each assignment without an outcome, or that wait for an earlier one. */
  readonly #orders = new WeakMap<PartitionAssignment, InOrder<KafkaDelivery>>();
  readonly #outages = new RecentEvent();
  #producer: TransactionalProducer | undefined;
  #session: Session | undefined;
  /** Aborts with the session. */
  #over = new AbortController();
  #renewal: Promise<void> | undefined;
  #lastWord: NodeJS.Timeout | undefined;
  #onStale: () => void = () => undefined;
  #onCommitted: (ms: number) => void = () => undefined;

  constructor(private readonly options: KafkaTransactionsOptions) {
    const inner = options.createSource({
      outages: this.#outages,
      open: (signal) => this.#openProducer(signal),
      attach: (session) => {
        this.#session = session;
        this.#over = new AbortController();
      },
      isReplaced: () => this.#isReplaced(),
      onUnassigned: () => this.#onStale(),
      stop: () => this.#stop(),
      end: (exiting) => this.#end(exiting),
    });
    this.#kafkaSource = inner;
    this.source = {
      open: (signal) => inner.open(signal),
      receive: async (max, signal) => this.#handOut(await inner.receive(max, signal)),
      settle: () => {
        throw new StreamInferError('INTERNAL', 'a transactional source is advanced by its commits');
      },
      isCurrent: (delivery) => this.isCurrent(delivery),
      lag: () => inner.lag(),
      errors: () => inner.errors(),
      onCommitted: (listener) => void (this.#onCommitted = listener),
      status: () => inner.status(),
      pausing: inner.pausing,
      seek: (target) => inner.seek(target),
      close: () => inner.close(),
    };
  }

  get backlog(): number {
    return this.#kafkaSource.lagNow().reduce((sum, { messages }) => sum + messages, 0);
  }

  finish(deliveries: readonly Delivery[]): readonly Delivery[] {
    const free: Delivery[] = [];
    for (const delivery of deliveries as readonly KafkaDelivery[]) {
      if (delivery.assignment.state !== 'lost')
        free.push(...(this.#orders.get(delivery.assignment)?.finish(delivery) ?? []));
    }
    return free;
  }

  isCurrent(delivery: Delivery): boolean {
    return (delivery as KafkaDelivery).assignment.state !== 'lost';
  }

  async commit({ messages, deliveries }: TransactionContent): Promise<CommitResult> {
    if (this.#producer?.inDoubt === true || this.#mayBeCutOff()) await this.#renewProducer();
    const [producer, session] = [this.#producer, this.#session];
    if (producer === undefined || session === undefined)
      throw new StreamInferError('SOURCE_LOST', this.source.status().reason ?? 'not connected');
    const startedAt = performance.now();
    const result = await producer.commit(messages, advance(session, deliveries as readonly KafkaDelivery[]));
    if (result === 'committed') {
      this.#onCommitted(performance.now() - startedAt);
      for (const delivery of deliveries as readonly KafkaDelivery[])
        delivery.assignment.settle(delivery.offset, bytesOf(delivery));
    }
    return result;
  }

  /** An outage is over, which the producer had nothing to publish in. */
  #mayBeCutOff(): boolean {
    return this.#producer?.isStale === true && this.source.status().state === 'up';
  }

  onStale(listener: () => void): void {
    this.#onStale = listener;
  }

  status(): ConnectionStatus {
    return statusOf(this.source.status(), this.#producer?.health.status());
  }

  #handOut(deliveries: readonly Delivery[]): Delivery[] {
    for (const delivery of deliveries as readonly KafkaDelivery[]) {
      const order = this.#orders.get(delivery.assignment) ?? new InOrder<KafkaDelivery>();
      order.take(delivery);
      this.#orders.set(delivery.assignment, order);
    }
    return [...deliveries];
  }

  async #openProducer(signal: AbortSignal): Promise<void> {
    const { sdk, properties, address, log } = this.options;
    const onBroken = (error: StreamInferError): void => this.#onBroken(error);
    // From then on the consumer reports it.
    const onStatus: OnHealth = (status, reachable) => {
      if (this.#session === undefined) this.#kafkaSource.onStatus(status, reachable);
    };
    const outages = this.#outages;
    this.#producer = new TransactionalProducer({
      sdk,
      properties,
      address,
      log,
      outages,
      onStatus,
      onBroken,
    });
    await this.#producer.open(signal);
  }

  /** Replaces a producer that may have a request in flight; the session stays. */
  async #renewProducer(): Promise<void> {
    const [before, signal] = [this.#producer, this.#over.signal];
    this.#renewal = this.#openProducer(signal);
    try {
      await this.#renewal;
    } catch (error) {
      const failure = StreamInferError.from(error, 'SOURCE_LOST');
      this.#session?.fail(failure);
      throw failure;
    } finally {
      await before?.stop();
      void before?.end(false);
    }
  }

  #onBroken(error: StreamInferError): void {
    const session = this.#session;
    if (error.code === 'FENCED') session?.fail(error);
    else this.#lastWord = setTimeout(() => session?.fail(error), FENCING_REPORT);
  }

  async #isReplaced(): Promise<boolean> {
    const [producer, session] = [this.#producer, this.#session];
    if (producer === undefined || session === undefined) return false;
    return await producer.isFenced(probeIn(session, this.options.topic));
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#lastWord);
    this.#session = undefined;
    this.#over.abort();
    await this.#renewal?.catch(() => undefined);
    await this.#producer?.stop();
  }

  async #end(exiting: boolean): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.end(exiting);
  }
}

/**
 * The next position of each partition after these deliveries, computed for each attempt: partitions may be revoked in
 * between.
 */
function advance(session: Session, deliveries: readonly KafkaDelivery[]): Advanced {
  return {
    sendOffsets: async (send) => {
      const next = new Map<PartitionAssignment, number>();
      for (const { assignment, offset } of deliveries) next.set(assignment, offset + 1);
      return await session.whileAssigned([...next.keys()], async (consumer) => {
        const offsets: TopicPartitionOffset[] = [...next].map(([{ topic, partition }, offset]) => ({
          topic,
          partition,
          offset,
        }));
        await send(consumer, offsets);
      });
    },
  };
}

/** Sends an offset in a transaction that is then aborted: without an offset, no broker would be asked. */
function probeIn(session: Session, topic: string): Advanced {
  return {
    sendOffsets: async (send) => {
      await session.whileConnected((consumer) => send(consumer, [{ topic, partition: 0, offset: 0 }]));
      return false;
    },
  };
}
