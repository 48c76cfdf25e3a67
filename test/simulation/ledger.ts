import type { Published, Witness } from './kafka/cluster';
import type { Scenario, SimulatedImage } from './scenario';

/** A promise was broken. */
export class Violation extends Error {}

interface Record {
  readonly image: SimulatedImage;
  readonly number: number;
  predictions: number;
  deadLetters: number;
}

/** A single image may be lost by a worker so often before it is given up. */
export const ATTEMPTS = 2;

/**
 * What readers of committed messages see, and the promises about it, checked at each change:
 *
 * - a position is committed only behind outcomes that are visible;
 * - a committed position never goes back;
 * - a prediction has the class of its own image, and only a bad image becomes a dead letter;
 * - exactly-once: an image has one outcome; at-least-once: more only if a process or its session was lost;
 * - the outcomes of a key keep the order of their images, where that is promised.
 */
export class Ledger implements Witness {
  /** Something that may repeat outcomes has happened: a lost process, session or answer. */
  mayRepeat = false;
  readonly losses = new Map<number, number>();
  readonly #records: Record[][];
  /** The last offset that became visible for the first time, by topic and key. */
  readonly #last = new Map<string, number>();

  constructor(private readonly scenario: Scenario) {
    this.#records = Array.from({ length: scenario.partitions }, () => []);
    for (const [number, image] of scenario.images.entries())
      this.#records[image.partition]?.push({ image, number, predictions: 0, deadLetters: 0 });
  }

  onVisible(messages: readonly Published[]): void {
    for (const { topic, text } of messages) {
      const [, sourceId, detail] = text.trim().split(' ') as [string, string, string];
      const [, partition, offset] = sourceId.split('/').map(Number) as [number, number, number];
      const record = this.#records[partition]?.[offset];
      if (record === undefined) throw new Violation(`an outcome of a message that does not exist: ${text}`);
      if (record.predictions + record.deadLetters === 0) this.#checkOrder(topic, record, offset);
      if (topic === 'predictions') record.predictions++;
      else record.deadLetters++;
      this.#checkContent(topic, record, detail, sourceId);
      this.#checkCount(record, sourceId);
    }
  }

  onCommit(partition: number, from: number, to: number): void {
    if (to < from) throw new Violation(`partition ${partition} was set back from ${from} to ${to}`);
    for (let offset = from; offset < to; offset++) {
      const record = this.#records[partition]?.[offset];
      if (record === undefined || record.predictions + record.deadLetters === 0)
        throw new Violation(
          `partition ${partition} was advanced to ${to}, and offset ${offset} has no outcome`,
        );
    }
  }

  #checkContent(topic: string, { image, number }: Record, detail: string, sourceId: string): void {
    const lost = this.losses.get(number) ?? 0;
    if (topic === 'predictions') {
      if (Number(detail) !== image.label)
        throw new Violation(`${sourceId} has the prediction of another image`);
      if (image.kind !== 'good') throw new Violation(`${sourceId} has a prediction, and it is ${image.kind}`);
    } else if (image.kind === 'deadly') {
      if (detail !== 'PROCESS_CRASH')
        throw new Violation(`${sourceId} is deadly, and has the code ${detail}`);
    } else if (image.kind === 'good' && (lost < ATTEMPTS || !detail.startsWith('WORKER_')))
      throw new Violation(`${sourceId} is a dead letter (${detail}), and its image is good`);
  }

  #checkCount({ predictions, deadLetters }: Record, sourceId: string): void {
    if (predictions + deadLetters === 1) return;
    if (this.scenario.delivery === 'exactly-once' || !this.mayRepeat)
      throw new Violation(`${sourceId} has ${predictions} predictions and ${deadLetters} dead letters`);
  }

  /** Transactions keep the order of each partition, and `order: key` that of each key. */
  #checkOrder(topic: string, { image }: Record, offset: number): void {
    const isOrdered = this.scenario.delivery === 'exactly-once';
    if (!isOrdered && (this.scenario.order === 'none' || image.key === null)) return;
    const lane = `${topic} ${image.partition} ${isOrdered ? '' : image.key}`;
    if ((this.#last.get(lane) ?? -1) > offset)
      throw new Violation(`${topic}: offset ${offset} of partition ${image.partition} was overtaken`);
    this.#last.set(lane, offset);
  }
}
