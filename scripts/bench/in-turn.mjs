// The sides of one run, one after the other.

/**
 * Each run begins with another side, so that none always has the coldest machine or the fullest disk.
 *
 * @param {Record<string, () => Promise<unknown>>} sides
 * @param {number} nth of the run, from 1 on
 * @returns {Promise<Record<string, unknown>>} what they measured, by name
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
