// @ts-check
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Position of a group in a topic. Its members live in one process and share one queue. Settled offsets are stored in a file,
 * which survives them. A second process must not use the same group, because the file is not locked.
 */
export class FileGroup {
  /** All earlier offsets are settled. */
  #watermark = 0;
  /** Settled offsets behind an unsettled one. @type {Set<number>} */
  #ahead = new Set();
  /** The next offset that was never delivered. */
  #next = 0;
  /** Returned offsets, to be redelivered. @type {number[]} */
  #again = [];
  /** @type {Map<number, object>} offset → member */
  #held = new Map();
  /** @type {Set<object>} */
  #members = new Set();

  /**
   * @param {import('./topic.mjs').FileTopic} topic
   * @param {string} name
   * @param {'earliest' | 'latest'} from
   */
  constructor(topic, name, from) {
    this.topic = topic;
    this.file = topic.groupFile(name);
    if (existsSync(this.file)) {
      const { watermark, ahead } = JSON.parse(readFileSync(this.file, 'utf8'));
      this.#watermark = watermark;
      this.#ahead = new Set(ahead);
    } else {
      this.#watermark = from === 'earliest' ? 0 : topic.end;
      this.#save();
    }
    this.#next = this.#watermark;
  }

  /** @param {object} member */
  join(member) {
    this.#members.add(member);
  }

  /** Redelivers the messages that the member held. @param {object} member */
  leave(member) {
    this.#members.delete(member);
    for (const [offset, holder] of this.#held) {
      if (holder !== member) continue;
      this.#held.delete(offset);
      this.#again.push(offset);
    }
    this.#again.sort((a, b) => a - b);
  }

  /**
   * The offsets of at most `max` messages; no more than a fair share, so that the other members get theirs.
   *
   * @param {object} member
   * @param {number} max
   * @param {(offset: number) => boolean} fits whether the member has room for that one
   */
  take(member, max, fits) {
    const free = this.#again.length + this.topic.end - this.#next;
    const share = Math.min(max, Math.ceil(free / this.#members.size));
    /** @type {number[]} */
    const taken = [];
    while (taken.length < share) {
      const offset = this.#first();
      if (offset === undefined || !fits(offset)) break;
      if (offset === this.#again[0]) this.#again.shift();
      else this.#next++;
      this.#held.set(offset, member);
      taken.push(offset);
    }
    return taken;
  }

  /** @param {object} member @param {number} offset */
  holds(member, offset) {
    return this.#held.get(offset) === member;
  }

  /** @param {readonly number[]} offsets */
  settle(offsets) {
    for (const offset of offsets) {
      this.#held.delete(offset);
      this.#ahead.add(offset);
    }
    while (this.#ahead.delete(this.#watermark)) this.#watermark++;
    this.#save();
  }

  get lag() {
    return this.topic.end - this.#watermark - this.#ahead.size;
  }

  #first() {
    if (this.#again.length > 0) return this.#again[0];
    while (this.#ahead.has(this.#next)) this.#next++;
    return this.#next < this.topic.end ? this.#next : undefined;
  }

  /** Atomic: after a crash in between, the old file is intact. */
  #save() {
    const draft = `${this.file}.draft`;
    writeFileSync(draft, JSON.stringify({ watermark: this.#watermark, ahead: [...this.#ahead] }));
    renameSync(draft, this.file);
  }
}
