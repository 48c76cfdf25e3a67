/**
 * Harmonic mean of precision and recall of a class; null for a class that is neither true nor predicted for any image.
 *
 * @param hits images that are predicted as the class and belong to it
 * @param support images that belong to it
 * @param called images that are predicted as it
 */
export function f1Of(hits: number, support: number, called: number): number | null {
  return support + called === 0 ? null : (2 * hits) / (support + called);
}

/** Unweighted mean over the classes with an F1; null without any. */
export function macroF1(classes: readonly { readonly f1: number | null }[]): number | null {
  const known = classes.flatMap(({ f1 }) => (f1 === null ? [] : [f1]));
  return known.length === 0 ? null : known.reduce((sum, f1) => sum + f1, 0) / known.length;
}
