import type { Decoded } from '../core/classification';

/** What a model made of one image. */
export interface KeptResult {
  readonly scores: Float32Array;
  /** Absent for raw pixels. */
  readonly decoded: Decoded | undefined;
}

export interface KeptLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** Key, objects and their headers, bytes. */
const OVERHEAD = 400;

/** Results by key, within limits: the ones that were not used for the longest time are dropped first. */
export class KeptResults {
  /** In the order of their last use. */
  readonly #kept = new Map<string, KeptResult>();
  #bytes = 0;

  constructor(private readonly limits: KeptLimits) {}

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): KeptResult | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found;
  }

  /** A result that is larger than the limit is not kept. */
  set(key: string, result: KeptResult): void {
    this.#drop(key);
    const bytes = bytesOf(result);
    if (bytes > this.limits.bytes) return;
    this.#kept.set(key, result);
    this.#bytes += bytes;
    while (this.#kept.size > this.limits.entries || this.#bytes > this.limits.bytes)
      this.#drop(this.#kept.keys().next().value as string);
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    const dropped = this.#kept.get(key);
    if (dropped === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= bytesOf(dropped);
  }
}

function bytesOf({ scores, decoded }: KeptResult): number {
  return OVERHEAD + scores.byteLength + (decoded?.pixels.length ?? 0) + (decoded?.thumbnail?.length ?? 0);
}
