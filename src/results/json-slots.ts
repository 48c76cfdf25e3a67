/** Enough for a prediction whose id and key are short. */
const SLOT_BYTES = 1024;

/** Values as JSON in numbered slots of one large buffer; a value that does not fit has a buffer of its own. */
export class JsonSlots {
  readonly #bytes: Buffer;
  readonly #lengths: Uint16Array;
  /** By slot. */
  readonly #large = new Map<number, Buffer>();

  constructor(slots: number) {
    this.#bytes = Buffer.alloc(slots * SLOT_BYTES);
    this.#lengths = new Uint16Array(slots);
  }

  /** @param json is copied: it is often a view of a larger buffer that would stay in memory */
  set(slot: number, json: Buffer): void {
    if (json.length > SLOT_BYTES) {
      this.#large.set(slot, Buffer.from(json));
      return;
    }
    this.#large.delete(slot);
    json.copy(this.#bytes, slot * SLOT_BYTES);
    this.#lengths[slot] = json.length;
  }

  /** The value that was set last; throws for a slot that never was. */
  get(slot: number): unknown {
    const start = slot * SLOT_BYTES;
    const json = this.#large.get(slot) ?? this.#bytes.subarray(start, start + this.#lengths[slot]!);
    return JSON.parse(json.toString());
  }
}
