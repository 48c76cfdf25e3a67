import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';

import { Backoff } from '../../core/async/backoff';
import { untilAborted } from '../../core/async/until-aborted';
import { atMost } from '../../core/async/timeout';
import { WakeUp } from '../../core/async/wake-up';
import { messageOf, type StreamInferError } from '../../core/errors';
import type { Delivery } from '../../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag, SourceOptions } from '../../core/ports';
import type { SeekMove, SeekTarget } from '../../core/seek';
import type { Acknowledger } from './acknowledger';
import type { PubsubConnection } from './connection';
import { isHopeless, isUnreadableFile, toPubsubError } from './errors';
import { Inbox } from './inbox';
import { Leases } from './leases';
import { assertForgets, seekSubscription } from './seek';
import { SubscriptionStream, type StreamHandlers } from './stream';
import {
  createTemporarySubscription,
  deleteSubscription,
  lookAtSubscription,
  orphaned,
  type SubscriptionFacts,
} from './subscription';

/** How long `receive` waits for a message, ms. */
const IDLE = 200;
/** How long `close` waits for the last acks, and then for the deletion of the temporary subscription, ms. */
const CLOSE_TIME = 4_000;
/** After this time without a message the broker is probed: a hung stream looks like an idle one, ms. */
const SILENCE = 5_000;
/** After a stream that lasted this long or delivered a message, the next one starts with little delay, ms. */
const LASTING = 30_000;
/** Interval of checks of a working subscription, ms: the deletion of its topic is not reported otherwise. */
const LOOK_EVERY = 30_000;

/**
 * Reads a subscription: `subscription`, or else `<topic>-sub`. A standalone reader creates its own subscription and
 * deletes it when it is closed. Pub/Sub keeps no messages from before the creation of a subscription, so such a
 * reader only sees later ones, also with `earliest`.
 */
export class PubsubSource implements MessageSource {
  readonly #name: string;
  readonly #temporary: boolean;
  readonly #inbox: Inbox;
  readonly pausing: Leases;
  readonly #closing = new AbortController();
  #status: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };
  readonly #arrived = new WakeUp();
  #checking = false;
  /** Its present state is in the log as a warning. */
  #warned = false;
  /** Why nothing new arrives although the subscription can be read. */
  #orphaned: string | undefined;
  #topic: string;
  #looking: NodeJS.Timeout | undefined;
  #stopped = false;
  /** A stream was opened, so a temporary subscription exists. */
  #started = false;
  /** The stream has ended and the next one has not started. */
  #reopening = false;
  readonly #reopenings = new Backoff(500, 10_000);
  #startedAt = 0;
  /** Time of the last message or answer of the broker. */
  #heardAt = 0;
  #listening: NodeJS.Timeout | undefined;
  #opening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly options: SourceOptions,
    private readonly connection: PubsubConnection,
    private readonly log: Log,
    private readonly acknowledger: Acknowledger,
    private readonly lookEvery = LOOK_EVERY,
  ) {
    this.#temporary = options.group === null && options.subscription === undefined;
    const suffix = this.#temporary ? `reader-${randomBytes(6).toString('hex')}` : 'sub';
    this.#name =
      options.subscription ?? `${options.topic.slice(options.topic.lastIndexOf('/') + 1)}-${suffix}`;
    this.#topic = options.topic;
    this.#inbox = new Inbox(options, acknowledger);
    this.pausing = new Leases(this.#inbox);
  }

  async open(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    this.#opening = this.#connect(either);
    await this.#opening;
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    const deliveries = this.#inbox.take(max);
    if (deliveries.length > 0 || signal.aborted) return deliveries;
    if (this.#closed !== undefined) return await nextTurn(deliveries);
    await this.#arrived.wait(IDLE, signal);
    return signal.aborted ? [] : this.#inbox.take(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    this.#inbox.settle(deliveries);
    this.#arrived.wake();
  }

  isCurrent(delivery: Delivery): boolean {
    if (this.#closed !== undefined) return false;
    return this.options.group === null || this.#inbox.holds(delivery);
  }

  async seek(target: SeekTarget): Promise<readonly SeekMove[]> {
    assertForgets(this.acknowledger);
    return await this.pausing.suspended(() =>
      seekSubscription(this.connection, this.#name, this.#topic, target),
    );
  }

  /** Pub/Sub reports its backlog only to Cloud Monitoring. */
  async lag(): Promise<readonly PartitionLag[]> {
    return [];
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  stop(withinMs: number): void {
    this.#stopped = true;
    this.pausing.stop(withinMs);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#release());
  }

  /** Retries until the subscription exists and its stream has started. */
  async #connect(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    for (;;) {
      try {
        await untilAborted(this.#start(), signal, 'opening the source');
        return;
      } catch (error) {
        if (signal.aborted || isHopeless(error) || isUnreadableFile(error)) throw error;
        this.#down(error);
      }
      await backoff.wait(signal);
    }
  }

  async #start(): Promise<void> {
    const facts = await (this.#temporary ? this.#createTemporary() : this.#check());
    const [library, client] = await Promise.all([import('@google-cloud/pubsub'), this.connection.client()]);
    await this.acknowledger.open(client.projectId, facts);
    // Closed or stopped during the call: a stream that starts now would never end.
    if (this.#closing.signal.aborted || this.#stopped) return;
    this.#startedAt = performance.now();
    const handlers: StreamHandlers = {
      onMessage: (message) => {
        this.#up();
        this.#reopenings.reset();
        this.#inbox.offer(message);
        this.#arrived.wake();
      },
      onTrouble: (error) => void this.#seeWhetherItIsThere(error),
      onEnd: (error) => {
        this.pausing.lost();
        void this.#reopen(error);
      },
    };
    this.#started = true;
    this.pausing.start((maxLeased = this.options.maxLeased ?? Infinity) => {
      const options = { ...this.options, maxLeased };
      return new SubscriptionStream(client, library, this.#name, options, handlers);
    });
    this.#reopening = false;
    this.#listening ??= setInterval(() => this.#listenForSilence(), SILENCE / 2).unref();
    this.#up();
    this.#lookNowAndThen();
  }

  /** Reads the remaining messages of a deleted topic, while the status says that no new ones will arrive. */
  #learn({ topic }: SubscriptionFacts): void {
    if (typeof topic === 'string') {
      if (topic !== this.#topic)
        this.log.info(
          { subscription: this.#name, topic },
          'the subscription belongs to another topic; predictions will contain that topic',
        );
      this.#topic = this.#inbox.topic = topic;
    }
    this.#orphaned = topic === null ? orphaned(this.#name) : undefined;
  }

  #lookNowAndThen(): void {
    if (this.#looking !== undefined) return;
    this.#looking = setInterval(() => {
      if (this.#checking || this.#reopening || this.#stopped) return;
      // A failure needs no report: the stream will notice it as well.
      this.#check().then(
        () => this.#up(),
        (error: unknown) =>
          this.log.debug({ subscription: this.#name, reason: messageOf(error) }, 'subscription check failed'),
      );
    }, this.lookEvery);
    this.#looking.unref();
  }

  #listenForSilence(): void {
    if (this.#status.state === 'up' && performance.now() - this.#heardAt > SILENCE)
      void this.#seeWhetherItIsThere(new Error(`nothing arrived for ${SILENCE / 1_000} s`));
  }

  async #reopen(error: unknown): Promise<void> {
    this.#reopening = true;
    this.#down(this.#explain(error));
    if (performance.now() - this.#startedAt > LASTING) this.#reopenings.reset();
    await this.#reopenings.wait(this.#closing.signal);
    await this.#connect(this.#closing.signal).catch((failure: unknown) => this.#down(failure));
  }

  async #check(): Promise<SubscriptionFacts> {
    const facts = await lookAtSubscription(this.connection, this.#name).catch((error: unknown) => {
      throw this.#explain(error);
    });
    this.#learn(facts);
    return facts;
  }

  async #createTemporary(): Promise<SubscriptionFacts> {
    await createTemporarySubscription(this.connection, this.options.topic, this.#name).catch(
      (error: unknown) => {
        throw this.#explain(error);
      },
    );
    return { exactlyOnce: undefined };
  }

  /** The client reconnects silently; probing determines the status. */
  async #seeWhetherItIsThere(trouble: Error): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    this.log.debug({ subscription: this.#name, reason: trouble.message }, 'probing Pub/Sub');
    const backoff = new Backoff(200, 5_000);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await untilAborted(this.#check(), signal, 'checking the subscription');
        // Its existence does not imply that it can be read.
        if (!this.#reopening) this.#up();
        break;
      } catch (error) {
        this.#down(error);
        await backoff.wait(signal);
      }
    }
    this.#checking = false;
  }

  async #release(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#listening);
    clearInterval(this.#looking);
    this.#status = { state: 'closed' };
    this.#arrived.wake();
    await this.#opening?.catch(() => undefined);
    await atMost(CLOSE_TIME, this.pausing.close());
    await atMost(CLOSE_TIME, this.acknowledger.close());
    if (this.#temporary && this.#started)
      await atMost(CLOSE_TIME, deleteSubscription(this.connection, this.#name));
  }

  #up(): void {
    this.#heardAt = performance.now();
    this.connection.outage.onAnswer();
    if (this.#orphaned !== undefined) return this.#setDown(this.#orphaned);
    if (this.#warned) this.log.info({ subscription: this.#name }, 'source reconnected');
    this.#warned = false;
    if (this.#status.state !== 'closed') this.#status = { state: 'up' };
  }

  #down(error: unknown): void {
    if (this.#status.state === 'closed') return;
    this.#setDown(messageOf(error), this.connection.outage.onError(error));
  }

  #setDown(reason: string, reported = false): void {
    if (this.#status.state === 'closed') return;
    if (!reported && this.#status.reason !== reason) {
      this.log.warn({ subscription: this.#name, reason }, 'source is down; retrying');
      this.#warned = true;
    }
    this.#status = { state: 'down', reason };
  }

  #explain(error: unknown): StreamInferError {
    return toPubsubError(error, `the subscription ${this.#name}`, 'SOURCE_LOST');
  }
}
