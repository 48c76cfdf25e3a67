/** One pass over the training images. */
export interface EpochPoint {
  /** From 1. */
  readonly epoch: number;
  /** Means over the pass, on the images as they were changed for training. */
  readonly loss: number;
  readonly accuracy: number;
  /** After the pass, on the images held out. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

/** The epoch whose weights were kept: the first of those most exact on the images held out. */
export function keptEpoch<T extends Pick<EpochPoint, 'validationAccuracy'>>(
  epochs: readonly T[],
): T | undefined {
  const [first, ...rest] = epochs;
  if (first === undefined) return undefined;
  return rest.reduce(
    (best, point) => (point.validationAccuracy > best.validationAccuracy ? point : best),
    first,
  );
}
