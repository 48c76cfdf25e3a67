/** Evenly spaced round values, about `about` + 1 of them, from at most `low` to at least `high`. */
export function roundTicks(low: number, high: number, about = 4): number[] {
  const rough = (high - low) / about || Math.abs(high) / about || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const count = Math.max(1, last - first);
  return Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The number of decimals that keeps the ticks distinct. */
export function decimalsOf([first = 0, second = 1]: readonly number[]): number {
  return Math.max(0, -Math.floor(Math.log10(second - first) + 1e-9));
}
