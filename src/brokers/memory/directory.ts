import type { MemorySettings } from './settings';
import { MemoryTopic } from './topic';

/** All topics of one in-process broker. */
export class TopicDirectory {
  readonly #topics = new Map<string, MemoryTopic>();

  constructor(private readonly settings: MemorySettings) {}

  /** The topic of that name, created if missing. */
  readonly find = (name: string): MemoryTopic => {
    this.create(name);
    return this.#topics.get(name) as MemoryTopic;
  };

  /** Returns false if it existed already. */
  create(name: string, partitions: number = this.settings.partitions): boolean {
    if (this.#topics.has(name)) return false;
    this.#topics.set(name, new MemoryTopic(name, partitions, this.settings));
    return true;
  }

  /** Returns false if it did not exist. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    if (topic === undefined) return false;
    this.#topics.delete(name);
    topic.delete();
    return true;
  }

  clear(): void {
    for (const name of [...this.#topics.keys()]) this.delete(name);
  }
}
