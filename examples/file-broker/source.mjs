// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from 'stream-infer';

/** Interval between checks of a file, and longest wait of `receive` for new messages, ms. */
const LOOK = 10;
const IDLE = 100;

/**
 * @typedef {import('stream-infer').Delivery} Delivery
 * @implements {import('stream-infer').MessageSource}
 */
export class FileSource {
  /** @type {import('stream-infer').ConnectionStatus} */
  #status = { state: 'connecting', reason: 'The source is not open yet.' };
  /** @type {import('./group.mjs').FileGroup | undefined} */
  #group;
  /** Position of a reader without a group. */
  #position = 0;
  /** Bytes of the held messages, by offset. @type {Map<number, number>} */
  #held = new Map();

  /**
   * @param {import('stream-infer').SourceOptions} options
   * @param {import('./topic.mjs').FileTopic} topic
   * @param {() => import('./group.mjs').FileGroup} findGroup
   */
  constructor(options, topic, findGroup) {
    this.options = options;
    this.topic = topic;
    this.findGroup = findGroup;
  }

  /** @param {AbortSignal} signal */
  async open(signal) {
    if (signal.aborted) throw new StreamInferError('ABORTED', 'Opening the source was cancelled.');
    if (this.options.group === null) this.#position = this.#start();
    else {
      this.#group = this.findGroup();
      this.#group.join(this);
    }
    this.#status = { state: 'up' };
  }

  /**
   * @param {number} max
   * @param {AbortSignal} signal
   */
  async receive(max, signal) {
    for (const deadline = Date.now() + IDLE; ;) {
      const deliveries = this.#take(max);
      // Always yields to the event loop, so that a loop around this cannot starve the process.
      await sleep(deliveries.length > 0 ? 0 : LOOK);
      if (deliveries.length > 0 || signal.aborted || Date.now() > deadline) return deliveries;
    }
  }

  /** @param {readonly Delivery[]} deliveries */
  settle(deliveries) {
    const current = deliveries.filter((delivery) => this.isCurrent(delivery));
    const offsets = current.map(({ origin }) => Number(origin.offset));
    for (const offset of offsets) this.#held.delete(offset);
    if (offsets.length > 0) this.#group?.settle(offsets);
  }

  /** @param {Delivery} delivery */
  isCurrent(delivery) {
    if (this.#status.state !== 'up') return false;
    return this.#group === undefined || this.#group.holds(this, Number(delivery.origin.offset));
  }

  async lag() {
    const messages = this.#group?.lag ?? this.topic.end - this.#position;
    return this.#status.state === 'up' ? [{ topic: this.topic.name, partition: 0, messages }] : [];
  }

  status() {
    return this.#status;
  }

  async close() {
    this.#group?.leave(this);
    this.#status = { state: 'closed' };
  }

  #start() {
    const { from, positions } = this.options;
    const known = positions?.get(0);
    if (known !== undefined) return known <= this.topic.end ? known : 0;
    return from === 'earliest' ? 0 : this.topic.end;
  }

  /** @param {number} max */
  #take(max) {
    if (this.#status.state !== 'up') return [];
    const offsets =
      this.#group === undefined
        ? this.#takeAlone(max)
        : this.#group.take(this, max, (offset) => this.#hold(offset));
    return offsets.map((offset) => this.#toDelivery(offset));
  }

  /** @param {number} max */
  #takeAlone(max) {
    const end = Math.min(this.topic.end, this.#position + max);
    const offsets = Array.from({ length: end - this.#position }, (_, i) => this.#position + i);
    this.#position = end;
    return offsets;
  }

  /** False when the limits are reached. A single message always passes, or it would block forever. @param {number} offset */
  #hold(offset) {
    const { maxInFlight, maxInFlightBytes } = this.options;
    const bytes = this.topic.at(offset)?.bytes ?? 0;
    const held = [...this.#held.values()].reduce((sum, size) => sum + size, 0);
    const full = this.#held.size >= maxInFlight || held + bytes > maxInFlightBytes;
    if (full && this.#held.size > 0) return false;
    this.#held.set(offset, bytes);
    return true;
  }

  /** @returns {Delivery} */
  #toDelivery(/** @type {number} */ offset) {
    const stored = this.topic.at(offset);
    if (stored === undefined) throw new StreamInferError('INTERNAL', `offset ${offset} does not exist`);
    const { key, value, headers, timestamp } = stored;
    return {
      origin: { broker: 'file', topic: this.topic.name, partition: 0, offset: String(offset) },
      sourceId: `${this.topic.name}/0/${offset}`,
      key,
      value,
      headers,
      timestamp,
      receivedAt: performance.now(),
      attempt: 1,
    };
  }
}
