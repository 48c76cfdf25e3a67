// Runs the sides of one run in sequence.

/**
 * Each run starts with a different side, so that no side always has the coldest machine or the fullest disk.
 *
 * @param {Record<string, () => Promise<unknown>>} sides
 * @param {number} nth number of the run, from 1
 * @returns {Promise<Record<string, unknown>>} the results by name
 */
export async function inTurn(sides, nth, onSide = () => undefined) {
  const names = Object.keys(sides);
  const first = (nth - 1) % names.length;
  const measured = {};
  for (const name of [...names.slice(first), ...names.slice(0, first)]) {
    onSide(name);
    measured[name] = await sides[name]();
  }
  return measured;
}
