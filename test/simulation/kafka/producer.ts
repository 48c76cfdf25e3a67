import { SimulatedClient } from './client';
import type { Published } from './cluster';
import type { SimulatedConsumer } from './consumer';
import { ERRORS, type NativeError } from './errors';

interface Queued extends Published {
  readonly opaque: number | undefined;
  readonly since: number;
}

type Done = (error: NativeError | null) => void;

/** Messages of one request. */
const MOST = 16;
/** Messages that a client accepts before it is full. */
const QUEUE = 64;
/** Between two looks for messages that are too old, ms. */
const TIMEOUT_MS = 500;

/** librdkafka's idempotent producer, with or without transactions, as far as the product uses it. */
export class SimulatedProducer extends SimulatedClient {
  #queue: Queued[] = [];
  #inFlight: readonly Queued[] = [];
  #sequence = 0;
  /** Called when the queue is empty. */
  readonly #onEmpty = new Set<() => void>();
  #fatal: NativeError | undefined;
  #epoch = -1;
  #isOpen = false;
  /** The open transaction can only be aborted. */
  #broken: NativeError | undefined;
  /** Answers of calls that outlived their time-out, by name: repeating a call continues it. */
  readonly #running = new Map<string, { error?: NativeError | null; onDone: (() => void) | undefined }>();

  setPollInBackground(): void {
    // Reports arrive by themselves.
  }

  produce(
    ...[topic, , value, , , opaque]: [string, null, Buffer, unknown, unknown, number | undefined]
  ): void {
    if (!this.isConnected) throw ERRORS.state as unknown as Error;
    if (this.#fatal !== undefined) throw this.#fatal as unknown as Error;
    if (this.#queue.length >= QUEUE) throw ERRORS.queueFull as unknown as Error;
    this.#queue.push({ topic, text: value.toString(), opaque, since: this.time.now });
    if (this.#queue.length === 1) this.time.after(this.time.random() * 3, this.host, () => this.#send());
  }

  flush(timeout: number, done: Done): void {
    if (!this.isConnected) throw ERRORS.state as unknown as Error;
    this.#whenEmpty(timeout, done);
  }

  /** Drops what is queued. */
  disconnect(_timeout: number, done: () => void): void {
    this.#queue = [];
    this.close();
    this.time.after(this.time.random() * 5, this.host, done);
  }

  initTransactions(timeout: number, done: Done): void {
    const id = this.#transactionalId;
    let epoch: number | undefined;
    this.#continuing('init', timeout, done, (finish) => {
      this.connection.request(
        () => (epoch ??= this.host.cluster.transactions.init(id)),
        (own) => {
          this.#epoch = own;
          finish(null);
        },
      );
    });
  }

  beginTransaction(done: Done): void {
    const error = this.#fatal ?? this.#broken ?? (this.#isOpen ? ERRORS.state : null);
    if (error === null) this.#isOpen = true;
    this.time.after(0, this.host, () => done(error));
  }

  sendOffsetsToTransaction(
    positions: readonly { partition: number; offset: number }[],
    consumer: SimulatedConsumer,
    timeout: number,
    done: Done,
  ): void {
    const { membership } = consumer;
    const offsets = new Map(positions.map(({ partition, offset }) => [partition, offset]));
    this.#continuing('offsets', timeout, done, (finish) => {
      const failed =
        this.#fatal ?? this.#broken ?? (membership === undefined ? ERRORS.illegalGeneration : undefined);
      if (failed !== undefined || membership === undefined) return finish(failed ?? null);
      this.connection.request(
        () =>
          this.host.cluster.transactions.addOffsets(
            ...[this.#transactionalId, this.#epoch, this.#timeoutMs],
            membership,
            offsets,
          ),
        (error) => finish(this.#judged(error)),
      );
    });
  }

  commitTransaction(timeout: number, done: Done): void {
    this.#continuing('commit', timeout, done, (finish) => {
      this.#whenEmpty(Infinity, () => {
        const failed = this.#fatal ?? this.#broken;
        if (failed !== undefined) return finish(failed === this.#fatal ? failed : ERRORS.state);
        this.#end('committed', finish);
      });
    });
  }

  abortTransaction(timeout: number, done: Done): void {
    this.#continuing('abort', timeout, done, (finish) => {
      this.#queue = [...this.#inFlight];
      this.#whenEmpty(Infinity, () => this.#end('aborted', finish));
    });
  }

  protected override statistics(): object {
    return { type: 'producer', msg_cnt: this.#queue.length };
  }

  get #transactionalId(): string {
    return this.properties['transactional.id'] ?? '';
  }

  get #timeoutMs(): number {
    return Number(this.properties['transaction.timeout.ms']);
  }

  #end(result: 'committed' | 'aborted', finish: Done): void {
    if (this.#fatal !== undefined) return finish(this.#fatal);
    this.connection.request(
      () => this.host.cluster.transactions.end(this.#transactionalId, this.#epoch, result),
      (error) => {
        const judged = this.#judged(error);
        if (judged === null) {
          this.#isOpen = false;
          this.#broken = undefined;
        }
        finish(judged);
      },
      true,
    );
  }

  /** A fatal error stays, another one breaks the open transaction. */
  #judged(error: NativeError | undefined): NativeError | null {
    if (error === undefined) return null;
    if (error.isFatal) this.#fatal = error;
    else this.#broken ??= error;
    return error;
  }

  /** A call whose time is over runs on: the next call of the same name waits for its answer. */
  #continuing(name: string, timeout: number, done: Done, start: (finish: Done) => void): void {
    const known = this.#running.get(name);
    const call: { error?: NativeError | null; onDone: (() => void) | undefined } = known ?? {
      onDone: undefined,
    };
    const cancel = this.time.after(timeout, this.host, () => {
      call.onDone = undefined;
      done(ERRORS.timedOut);
    });
    call.onDone = () => {
      cancel();
      this.#running.delete(name);
      done(call.error ?? null);
    };
    if (known === undefined) {
      this.#running.set(name, call);
      start((error) => {
        call.error = error;
        call.onDone?.();
      });
    } else if (call.error !== undefined) this.time.after(0, this.host, () => call.onDone?.());
  }

  #whenEmpty(timeout: number, done: Done): void {
    if (this.#queue.length === 0)
      return void this.time.after(this.time.random(), this.host, () => done(null));
    let cancel: () => void = () => undefined;
    const onEmpty = (): void => {
      cancel();
      this.#onEmpty.delete(onEmpty);
      done(null);
    };
    this.#onEmpty.add(onEmpty);
    if (timeout === Infinity) return;
    cancel = this.time.after(timeout, this.host, () => {
      this.#onEmpty.delete(onEmpty);
      done(ERRORS.timedOut);
    });
  }

  /** One request at a time, so messages keep their order. */
  #send(): void {
    if (this.#inFlight.length > 0 || this.#queue.length === 0) return;
    const messages = this.#queue.slice(0, MOST);
    this.#inFlight = messages;
    const sequence = this.#sequence++;
    const { cluster } = this.host;
    const id = this.#transactionalId;
    const epoch = this.#epoch;
    let isOver = false;
    this.connection.request(
      () => {
        if (id === '') return cluster.publish(this, sequence, messages);
        if (messages.some(({ text }) => text.length > cluster.largest)) return 'too large' as const;
        return cluster.transactions.add(id, epoch, sequence, this.#timeoutMs, messages) ?? ('taken' as const);
      },
      (result) => {
        if (!isOver) this.#onSent(messages, toError(result));
        isOver = true;
      },
    );
    this.#expire(messages, () => {
      if (!isOver) this.#onSent(messages, ERRORS.messageTimedOut);
      isOver = true;
    });
  }

  #expire(messages: readonly Queued[], onTooOld: () => void): void {
    const longest = Number(this.properties['delivery.timeout.ms']);
    this.time.after(TIMEOUT_MS, this.host, () => {
      if (this.#inFlight !== messages) return;
      if (this.time.now - (messages[0]?.since ?? 0) > longest) onTooOld();
      else this.#expire(messages, onTooOld);
    });
  }

  #onSent(messages: readonly Queued[], error: NativeError | undefined): void {
    if (!this.isConnected) return;
    this.#inFlight = [];
    this.#queue = this.#queue.filter((one) => !messages.includes(one));
    if (error !== undefined && this.#transactionalId !== '') this.#judged(error);
    if (error === undefined || !error.isFatal) this.#report(messages, error);
    if (this.#queue.length > 0) this.#send();
    else for (const onEmpty of [...this.#onEmpty]) onEmpty();
  }

  #report(messages: readonly Queued[], error: NativeError | undefined): void {
    if (this.properties['dr_cb'] === undefined) return;
    if (error === undefined && this.properties['delivery.report.only.error'] === 'true') return;
    for (const { opaque } of messages) this.emit('delivery-report', error ?? null, { opaque });
  }
}

function toError(result: 'taken' | 'too large' | NativeError): NativeError | undefined {
  if (result === 'taken') return undefined;
  return result === 'too large' ? ERRORS.tooLarge : result;
}
