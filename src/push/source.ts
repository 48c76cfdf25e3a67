import { WakeUp } from '../core/async/wake-up';
import type { Delivery } from '../core/message';
import type { ConnectionStatus, MessageSource, PartitionLag, SourcePause } from '../core/ports';

/** How long `receive` waits for a message, ms. */
const IDLE = 200;

/** `settled`: the outcome is confirmed. `returned`: it must be pushed again. */
export type PushResult = 'settled' | 'returned';

/** One message, and the requests that wait for its outcome: several when it was pushed again meanwhile. */
interface Held {
  readonly delivery: Delivery;
  readonly requests: Set<(result: PushResult) => void>;
}

/**
 * Messages that arrive as requests: `waiting` for `receive`, then `taken` until they are settled.
 *
 * A message is accepted as soon as the server listens, also while the model is loaded: it may have started the process.
 * The caller bounds how many there are.
 */
export class PushSource implements MessageSource {
  readonly #waiting = new Map<string, Held>();
  readonly #taken = new Map<string, Held>();
  readonly #arrived = new WakeUp();
  #status: ConnectionStatus = { state: 'connecting', reason: 'The source is not open yet.' };
  #stopped = false;
  #paused = false;

  /** Waiting messages are returned, and new ones refused: Pub/Sub keeps them meanwhile. */
  readonly pausing: SourcePause = {
    pause: () => {
      this.#paused = true;
      this.#return(this.#waiting);
    },
    resume: () => {
      this.#paused = false;
    },
  };

  /**
   * Resolves when the outcome of the message is confirmed, or when it is known that it will not be. A request that ends
   * early (`signal`) withdraws a message that is not taken yet, because it will be pushed again.
   */
  offer(delivery: Delivery, signal: AbortSignal): Promise<PushResult> {
    if (this.#stopped || this.#paused || signal.aborted) return Promise.resolve('returned');
    return new Promise((resolve) => {
      const held = this.#heldFor(delivery);
      const answer = (result: PushResult): void => {
        signal.removeEventListener('abort', withdraw);
        resolve(result);
      };
      const withdraw = (): void => {
        held.requests.delete(answer);
        if (held.requests.size === 0) this.#waiting.delete(delivery.sourceId);
        resolve('returned');
      };
      held.requests.add(answer);
      signal.addEventListener('abort', withdraw, { once: true });
      this.#arrived.wake();
    });
  }

  /** By an operator. */
  get isPaused(): boolean {
    return this.#paused;
  }

  async open(): Promise<void> {
    if (this.#status.state === 'connecting') this.#status = { state: 'up' };
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    if (this.#waiting.size === 0 && !signal.aborted) await this.#arrived.wait(IDLE, signal);
    return signal.aborted ? [] : this.#take(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    for (const { sourceId } of deliveries) {
      const held = this.#taken.get(sourceId);
      if (held === undefined) continue;
      this.#taken.delete(sourceId);
      answerAll(held, 'settled');
    }
  }

  isCurrent({ sourceId }: Delivery): boolean {
    return this.#taken.has(sourceId);
  }

  /** The backlog is Pub/Sub's, which reports it only to Cloud Monitoring. */
  async lag(): Promise<readonly PartitionLag[]> {
    return [];
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  /** Returns the waiting messages; the taken ones may still be settled. */
  stop(): void {
    this.#stopped = true;
    this.#return(this.#waiting);
  }

  async close(): Promise<void> {
    this.#status = { state: 'closed' };
    this.stop();
    this.#return(this.#taken);
    this.#arrived.wake();
  }

  #heldFor(delivery: Delivery): Held {
    const { sourceId } = delivery;
    const known = this.#waiting.get(sourceId) ?? this.#taken.get(sourceId);
    if (known !== undefined) return known;
    const held: Held = { delivery, requests: new Set() };
    this.#waiting.set(sourceId, held);
    return held;
  }

  #take(max: number): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const [sourceId, held] of this.#waiting) {
      if (deliveries.length >= max) break;
      this.#waiting.delete(sourceId);
      this.#taken.set(sourceId, held);
      deliveries.push(held.delivery);
    }
    return deliveries;
  }

  #return(from: Map<string, Held>): void {
    const returned = [...from.values()];
    from.clear();
    for (const held of returned) answerAll(held, 'returned');
  }
}

function answerAll({ requests }: Held, result: PushResult): void {
  for (const answer of requests) answer(result);
  requests.clear();
}
