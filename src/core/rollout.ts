import type { Delivery } from './message';
import type { Classifier, PackedBatch } from './classification';
import type { Outcome } from './prediction';

/** How a candidate version is tested on the stream: with a share of the messages, or with a copy of all. */
export const ROLLOUT_MODES = ['canary', 'shadow'] as const;

export type RolloutMode = (typeof ROLLOUT_MODES)[number];

/** A candidate model next to the active one; read for each batch, since both may change at any time. */
export interface Rollout {
  /** Receives some of the messages instead; null while there is none. */
  readonly canary: Canary | null;
  /** Receives a copy of all messages; null while there is none. */
  readonly shadow: Shadow | null;
}

export interface Canary {
  readonly classifier: Classifier;
  takes(delivery: Delivery): boolean;
}

export interface Shadow {
  /** A batch with its outcomes. Must be quick, never throw, and not change the batch. */
  watch(batch: PackedBatch, outcomes: readonly Outcome[]): void;
}

/**
 * Whether a message belongs to a share (0–1) of all keys. A key stays on its side when the share grows. Messages
 * without a key are divided by source id.
 */
export function isInShare({ key, sourceId }: Pick<Delivery, 'key' | 'sourceId'>, share: number): boolean {
  return hashOf(key ?? Buffer.from(sourceId)) < share * 2 ** 32;
}

/** FNV-1a, 32 bits, with the finalizer of MurmurHash3: FNV alone leaves keys that differ at their end close together. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Divides positions into the ones selected by `takes` and the rest. */
export function divide<T>(
  items: readonly T[],
  takes: (item: T) => boolean,
): { taken: number[]; rest: number[] } {
  const divided = { taken: [] as number[], rest: [] as number[] };
  for (const [i, item] of items.entries()) (takes(item) ? divided.taken : divided.rest).push(i);
  return divided;
}
