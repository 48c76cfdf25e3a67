/** One epoch of the training. */
export interface EpochPoint {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch, on the augmented images. */
  readonly loss: number;
  readonly accuracy: number;
  /** After the epoch, on the held-out images. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

/** The epoch whose weights were kept: the first of those with the highest validation accuracy. */
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
