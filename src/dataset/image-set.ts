import type { Split } from './verify';

/** Images with their labels, in memory. */
export interface ImageSet {
  readonly split: Split | 'samples';
  readonly size: number;
  /** size × 784 uint8, row-major. */
  readonly pixels: Uint8Array;
  /** size labels, 0–9. */
  readonly labels: Uint8Array;
  /** Only for the samples: their positions in the test set. */
  readonly indices?: Uint16Array;
}
