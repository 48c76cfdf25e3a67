/** Uniform numbers in [0, 1). */
export interface Random {
  (): number;
  /** The seed of a generator that continues from here. */
  state(): number;
}

/**
 * A seeded generator of uniform numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). It is good
 * enough for shuffling and augmentation; `Math.random` cannot be seeded.
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, { state: () => state });
}

/** 0 … n−1 in random order (Fisher–Yates). */
export function createPermutation(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
  return order;
}
