/** Position of the largest of `count` values, counted from `from`; of equal ones the first. */
export function argMax(values: ArrayLike<number>, from = 0, count = values.length - from): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
