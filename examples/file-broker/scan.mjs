// @ts-check
import { FileSource } from './source.mjs';

/** All messages in a topic now, except the ones that earlier scans of the same memory settled. */
export class FileScan {
  #left = 0;

  /**
   * @param {import('stream-infer').ScanOptions} options
   * @param {import('./topic.mjs').FileTopic} topic
   * @param {(group: string) => import('./group.mjs').FileGroup} findGroup
   */
  constructor({ memory, topic: name }, topic, findGroup) {
    const group = memory === null ? null : `scan ${memory}`;
    /** @type {import('stream-infer').SourceOptions} */
    const options = {
      topic: name,
      group,
      from: 'earliest',
      maxInFlight: Infinity,
      maxInFlightBytes: Infinity,
    };
    this.source = new FileSource(options, topic, () => findGroup(String(group)));
  }

  /** @param {AbortSignal} signal */
  async open(signal) {
    await this.source.open(signal);
    const [lag] = await this.source.lag();
    this.#left = lag?.messages ?? 0;
  }

  /** @param {AbortSignal} signal */
  async next(signal) {
    if (this.#left === 0) return [];
    const deliveries = await this.source.receive(Math.min(500, this.#left), signal);
    this.#left -= deliveries.length;
    return deliveries;
  }

  /** @param {readonly import('stream-infer').Delivery[]} deliveries */
  async settle(deliveries) {
    this.source.settle(deliveries);
  }

  async close() {
    await this.source.close();
  }
}
