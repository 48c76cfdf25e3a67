import type { Message } from '@google-cloud/pubsub';

import { byteSize, type Delivery } from '../../core/message';
import type { SourceOptions } from '../../core/ports';
import { plainAcknowledger, type Acknowledger } from './acknowledger';
import { toDelivery } from './convert';

/** One delivery and the client's messages behind it: more than one when Pub/Sub sent it again meanwhile. */
interface Held {
  readonly delivery: Delivery;
  readonly messages: Message[];
  readonly bytes: number;
}

/**
 * What the client has leased: `waiting` to be taken by `receive`, then `taken` until it is settled.
 *
 * A message that comes again while it is held is no second delivery: it is acked together with the first one.
 * The limits are kept here and not by the client (`allowExcessMessages: false`), whose queue of held-back messages
 * stands still for ever when one large message is acked and only small ones remain (5.3: `LeaseManager.remove`).
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

  /** Where what is offered from now on came from. */
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

  /** Taken and not settled. A lease that ended on the server alone is not known here. */
  holds(delivery: Delivery): boolean {
    return this.#taken.get(delivery.sourceId)?.delivery === delivery;
  }

  /** Gives everything unsettled back, so that it comes again at once and not when its lease ends. */
  close(): void {
    this.#closed = true;
    for (const held of [...this.#waiting.values(), ...this.#taken.values()]) {
      for (const message of held.messages) message.nack();
    }
    this.#waiting.clear();
    this.#taken.clear();
  }

  /** A reader without a group owes nothing: what it takes is acked at once. */
  #hand(id: string, held: Held): void {
    if (this.options.group === null) return this.acknowledger.acknowledge(held.messages);
    this.#taken.set(id, held);
    this.#bytesTaken += held.bytes;
  }

  /** A single message above the limit of bytes still passes while nothing else is in flight: or it would never. */
  #hasRoomFor(bytes: number): boolean {
    if (this.#taken.size === 0) return true;
    const { maxInFlight, maxInFlightBytes } = this.options;
    return this.#taken.size < maxInFlight && this.#bytesTaken + bytes <= maxInFlightBytes;
  }
}
