/** The same numbers in every run. */
export function randomFrom(seed) {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32;
}
