import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Backoff } from '../../core/async/backoff';
import { untilAborted } from '../../core/async/until-aborted';
import { waitAtMost } from '../../core/async/timeout';
import { isStreamInferError, messageOf, type StreamInferError } from '../../core/errors';
import type { Delivery } from '../../core/message';
import type { ConnectionStatus, Log, MessageSource, PartitionLag, SourceOptions } from '../../core/ports';
import type { Acknowledger } from './acknowledger';
import type { PubsubConnection } from './connection';
import { isHopeless, toPubsubError } from './errors';
import { Inbox } from './inbox';
import { SubscriptionStream } from './stream';
import {
  createTemporarySubscription,
  deleteSubscription,
  lookAtSubscription,
  orphaned,
  type SubscriptionFacts,
} from './subscription';

/** How long `receive` waits for a message, ms. */
const IDLE = 200;
/** How long `close` waits for the last acks, and then for the temporary subscription's end, ms. */
const CLOSE_TIME = 4_000;
/** After so long without a message the broker is asked whether it is there: an idle stream that hangs looks like a quiet one, ms. */
const SILENCE = 5_000;
/** Between the end of the stream and the giving back of what came through it, ms. */
const SETTLE_DOWN = 100;
/** A stream that held so long, or brought a message, was a good one: the next is started without much waiting, ms. */
const LASTING = 30_000;
/** How often a subscription that works is looked at, ms: nothing tells that its topic was deleted. */
const LOOK_EVERY = 30_000;

/**
 * Reads a subscription: `subscription`, or else `<topic>-sub`. A reader without a group makes a subscription of its own
 * and deletes it when it is closed; since Pub/Sub has no past before a subscription was made, such a reader sees what is
 * published after `open`, also when it asks for the earliest.
 */
export class PubsubSource implements MessageSource {
  readonly #name: string;
  readonly #temporary: boolean;
  readonly #inbox: Inbox;
  readonly #closing = new AbortController();
  #status: ConnectionStatus = { state: 'connecting', reason: 'The source is not open yet.' };
  #stream: SubscriptionStream | undefined;
  #wake: (() => void) | undefined;
  #checking = false;
  /** Why nothing new arrives although the subscription can be read. */
  #orphaned: string | undefined;
  #topic: string;
  #looking: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The stream has ended and the next is not started yet. */
  #reopening = false;
  readonly #reopenings = new Backoff(500, 10_000);
  #startedAt = 0;
  /** When the broker last gave a message or an answer. */
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
    await this.#wait(signal);
    return signal.aborted ? [] : this.#inbox.take(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    this.#inbox.settle(deliveries);
    this.#wake?.();
  }

  isCurrent(delivery: Delivery): boolean {
    if (this.#closed !== undefined) return false;
    return this.options.group === null || this.#inbox.holds(delivery);
  }

  /** Pub/Sub tells its backlog only to its monitoring. */
  async lag(): Promise<readonly PartitionLag[]> {
    return [];
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  stop(withinMs: number): void {
    this.#stopped = true;
    this.#stream?.stop(withinMs);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#release());
  }

  /** Tries until the subscription is there and its stream is started. */
  async #connect(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    for (;;) {
      try {
        await untilAborted(this.#start(), signal, 'Opening the source');
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
    // Closed or stopped while the broker was being asked: a stream that starts now would never end.
    if (this.#closing.signal.aborted || this.#stopped) return;
    this.#startedAt = performance.now();
    this.#stream = new SubscriptionStream(client, library, this.#name, this.options, {
      onMessage: (message) => {
        this.#up();
        this.#reopenings.reset();
        this.#inbox.offer(message);
        this.#wake?.();
      },
      onTrouble: (error) => void this.#seeWhetherItIsThere(error),
      onEnd: (error) => void this.#reopen(error),
    });
    this.#reopening = false;
    this.#listening ??= setInterval(() => this.#listenForSilence(), SILENCE / 2).unref();
    this.#up();
    this.#lookNowAndThen();
  }

  /** What is still there of a deleted topic is read, while the status says that nothing more will come. */
  #learn({ topic }: SubscriptionFacts): void {
    if (typeof topic === 'string') {
      if (topic !== this.#topic)
        this.log.info(
          { subscription: this.#name, topic },
          'the subscription belongs to another topic; that is what predictions name',
        );
      this.#topic = this.#inbox.topic = topic;
    }
    this.#orphaned = topic === null ? orphaned(this.#name) : undefined;
  }

  #lookNowAndThen(): void {
    if (this.#looking !== undefined) return;
    this.#looking = setInterval(() => {
      if (this.#checking || this.#reopening || this.#stopped) return;
      // A failure says nothing here: the stream will have noticed it as well.
      this.#check().then(
        () => this.#up(),
        (error: unknown) =>
          this.log.debug({ subscription: this.#name, reason: messageOf(error) }, 'not looked at'),
      );
    }, this.lookEvery);
    this.#looking.unref();
  }

  #listenForSilence(): void {
    if (this.#status.state === 'up' && performance.now() - this.#heardAt > SILENCE)
      void this.#seeWhetherItIsThere(new Error(`nothing came for ${SILENCE / 1_000} s`));
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

  /** The client reconnects without a word; the status is found out by asking. */
  async #seeWhetherItIsThere(trouble: Error): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    this.log.debug({ subscription: this.#name, reason: trouble.message }, 'asking whether Pub/Sub is there');
    const backoff = new Backoff(200, 5_000);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await untilAborted(this.#check(), signal, 'Looking for the subscription');
        // That it is there does not mean that it can be read.
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
    this.#wake?.();
    await this.#opening?.catch(() => undefined);
    const ended = this.#stream?.close();
    // What is given back while the broker still knows the stream goes out on it again and is lost until its lease ends;
    // and the lease that the client asks for on arrival must not overtake the giving back.
    if (!this.#inbox.empty) await sleep(SETTLE_DOWN);
    this.#inbox.close();
    await atMost(CLOSE_TIME, ended);
    await atMost(CLOSE_TIME, this.acknowledger.close());
    if (this.#temporary && this.#stream !== undefined)
      await atMost(CLOSE_TIME, deleteSubscription(this.connection, this.#name));
  }

  #up(): void {
    this.#heardAt = performance.now();
    this.connection.outage.onAnswer();
    if (this.#orphaned !== undefined) return this.#setDown(this.#orphaned);
    if (this.#status.state === 'down') this.log.info({ subscription: this.#name }, 'The source is back.');
    if (this.#status.state !== 'closed') this.#status = { state: 'up' };
  }

  #down(error: unknown): void {
    if (this.#status.state === 'closed') return;
    this.connection.outage.onError(error);
    this.#setDown(messageOf(error));
  }

  #setDown(reason: string): void {
    if (this.#status.state === 'closed') return;
    if (this.#status.reason !== reason)
      this.log.warn({ subscription: this.#name, reason }, 'The source is down.');
    this.#status = { state: 'down', reason };
  }

  #explain(error: unknown): StreamInferError {
    return toPubsubError(error, `The subscription ${this.#name}`, 'SOURCE_LOST');
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, IDLE);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}

/** The table of published messages cannot be kept; waiting does not mend that. */
function isUnreadableFile(error: unknown): boolean {
  return isStreamInferError(error) && error.code === 'FILE_UNREADABLE';
}

/** A bounded step of `close`; its failure is ignored. */
async function atMost(ms: number, work: Promise<void> | undefined): Promise<void> {
  await waitAtMost(Promise.resolve(work), ms).catch(() => undefined);
}
