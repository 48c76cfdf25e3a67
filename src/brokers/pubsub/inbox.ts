import type { Message } from '@google-cloud/pubsub';

import { byteSize, type Delivery } from '../../core/message';
import type { SourceOptions } from '../../core/ports';
import { plainAcknowledger, type Acknowledger } from './acknowledger';
import { toDelivery } from './convert';

/** One delivery and its client messages: several when Pub/Sub redelivered it meanwhile. */
interface Held {
  readonly delivery: Delivery;
  readonly messages: Message[];
  readonly bytes: number;
}

/**
 * Messages leased by the client: `waiting` for `receive`, then `taken` until they are settled.
 *
 * A message that is redelivered while it is held is not a second delivery: it is acked together with the first one.
 * The limits are enforced here and not by the client (`allowExcessMessages: false`). Its queue of held-back messages
 * blocks permanently when one large message is acked and only small ones remain (5.3: `LeaseManager.remove`).
 */
export class Inbox {
  readonly #waiting = new Map<string, Held>();
  readonly #taken = new Map<string, Held>();
  #bytesTaken = 0;
  #topic: string;
  #closed = false;

  constructor(
    private readonly options: SourceOptions,
    private readonly acknowledger: Acknowledger = plainAcknowledger,
  ) {
    this.#topic = options.topic;
  }

  /** Origin of the messages offered from now on. */
  set topic(name: string) {
    this.#topic = name;
  }

  /** Nothing is waiting or unsettled. */
  get empty(): boolean {
    return this.#waiting.size === 0 && this.#taken.size === 0;
  }

  offer(message: Message): void {
    if (this.#closed) return message.nack();
    const held = this.#waiting.get(message.id) ?? this.#taken.get(message.id);
    if (held !== undefined) {
      held.messages.push(message);
      return;
    }
    if (this.acknowledger.isPublished(message)) return this.acknowledger.acknowledge([message]);
    const delivery = toDelivery(message, this.#topic, performance.now());
    this.#waiting.set(message.id, { delivery, messages: [message], bytes: byteSize(delivery) });
  }

  take(max: number): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const [id, held] of this.#waiting) {
      if (deliveries.length >= max || !this.#hasRoomFor(held.bytes)) break;
      this.#waiting.delete(id);
      this.#hand(id, held);
      deliveries.push(held.delivery);
    }
    return deliveries;
  }

  settle(deliveries: readonly Delivery[]): void {
    const settled: Message[] = [];
    for (const { sourceId } of deliveries) {
      const held = this.#taken.get(sourceId);
      if (held === undefined) continue;
      this.#taken.delete(sourceId);
      this.#bytesTaken -= held.bytes;
      settled.push(...held.messages);
    }
    if (settled.length > 0) this.acknowledger.acknowledge(settled);
  }

  /** Taken and not settled. A lease that expired on the server only is not known here. */
  holds(delivery: Delivery): boolean {
    return this.#taken.get(delivery.sourceId)?.delivery === delivery;
  }

  /** Returns the messages that nobody has received. */
  returnWaiting(): void {
    for (const { messages } of this.#waiting.values()) for (const message of messages) message.nack();
    this.#waiting.clear();
  }

  /** Returns all unsettled messages, so that they are redelivered at once and not when their leases expire. */
  close(): void {
    this.#closed = true;
    this.returnWaiting();
    for (const { messages } of this.#taken.values()) for (const message of messages) message.nack();
    this.#taken.clear();
  }

  /** A standalone reader settles nothing: its messages are acked at once. */
  #hand(id: string, held: Held): void {
    if (this.options.group === null) return this.acknowledger.acknowledge(held.messages);
    this.#taken.set(id, held);
    this.#bytesTaken += held.bytes;
  }

  /** A message above the byte limit passes while nothing else is in flight, or it would never be delivered. */
  #hasRoomFor(bytes: number): boolean {
    if (this.#taken.size === 0) return true;
    const { maxInFlight, maxInFlightBytes } = this.options;
    return this.#taken.size < maxInFlight && this.#bytesTaken + bytes <= maxInFlightBytes;
  }
}
