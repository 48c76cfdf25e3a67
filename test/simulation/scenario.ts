import { random } from '../faults/random';

/**
 * What a simulated image does to its worker. `deadly` ones end the whole process, and `wide` ones have outcomes that are larger
 * than the broker accepts.
 */
export const KINDS = ['good', 'not an image', 'poison', 'hanging', 'refused', 'wide', 'deadly'] as const;

export type ImageKind = (typeof KINDS)[number];

export interface SimulatedImage {
  /** Virtual ms. */
  readonly at: number;
  readonly partition: number;
  readonly key: string | null;
  readonly kind: ImageKind;
  readonly label: number;
}

const FAULTS = [
  'crash',
  'stop',
  'freeze',
  'cut',
  'replace',
  'join',
  'broker down',
  'loss',
  'workers crash',
  'worker lies',
  'forgotten partition',
] as const;

/** From `at` for `ms`; of the member with that index, where it concerns one. */
export interface Fault {
  readonly kind: (typeof FAULTS)[number];
  readonly at: number;
  readonly ms: number;
  readonly member: number;
}

/** Everything that is decided before a run. All that happens in it follows from this and the seed. */
export interface Scenario {
  readonly seed: number;
  readonly delivery: 'at-least-once' | 'exactly-once';
  readonly order: 'none' | 'key';
  readonly hasStaticMembers: boolean;
  readonly partitions: number;
  readonly members: number;
  readonly workers: number;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  /** Share of a canary, 0–1. */
  readonly canary: number;
  readonly images: readonly SimulatedImage[];
  readonly faults: readonly Fault[];
}

/** All that a scenario needs happens within this time, ms; then the faults are over. */
const SPAN_MS = 4_000;
/** Longest fault, ms: longer than the session of a member. */
const LONGEST_MS = 5_000;

export function scenarioOf(seed: number): Scenario {
  const next = random(seed);
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from));
  const oneOf = <T>(all: readonly T[]): T => all[between(0, all.length)] as T;
  const partitions = between(1, 4);
  const members = between(1, 3);
  const bad = next() * 0.2;
  const images = Array.from({ length: between(1, 50) }, (): SimulatedImage => ({
    at: next() * SPAN_MS * 0.8,
    partition: between(0, partitions),
    key: next() < 0.7 ? `key-${between(0, 4)}` : null,
    kind: next() < bad ? oneOf(KINDS) : 'good',
    label: between(0, 10),
  }));
  const faults = Array.from({ length: between(0, 5) }, (): Fault => ({
    kind: oneOf(FAULTS),
    at: next() * SPAN_MS,
    ms: 50 + next() ** 2 * LONGEST_MS,
    member: between(0, members),
  }));
  return {
    seed,
    delivery: oneOf(['at-least-once', 'exactly-once']),
    order: oneOf(['none', 'key']),
    hasStaticMembers: next() < 0.6,
    partitions,
    members,
    workers: between(1, 3),
    maxBatch: oneOf([1, 3, 8]),
    maxInFlight: oneOf([4, 16, 64]),
    canary: oneOf([0, 0, 0.5]),
    images: images.sort((a, b) => a.at - b.at),
    faults: faults.sort((a, b) => a.at - b.at),
  };
}
