/** Damage of files and messages, for any reader. */
import fc from 'fast-check';

export type Damage = (bytes: Buffer) => Buffer;

/** Of a repeated part. */
const MOST_TIMES = 20_000;
const LONGEST_PART = 48;
/** A larger file is refused by its size alone. */
export const MOST_BYTES = 4 * 2 ** 20;

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const index = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);

const flip = fc.tuple(position, fc.integer({ min: 0, max: 7 })).map(([at, bit]): Damage => (bytes) => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[index(copy, at)]! ^= 1 << bit;
  return copy;
});

const patch = fc
  .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 8 }))
  .map(([at, bytesOfPatch]): Damage => (bytes) => {
    const copy = Buffer.from(bytes);
    copy.set(bytesOfPatch.subarray(0, copy.length - index(copy, at)), index(copy, at));
    return copy;
  });

const cut = position.map(
  (at): Damage =>
    (bytes) =>
      bytes.subarray(0, index(bytes, at)),
);

/** Leaves a part out, or repeats it where its end is before its beginning. */
const splice = fc.tuple(position, position).map(
  ([from, to]): Damage =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, index(bytes, from)), bytes.subarray(index(bytes, to))]),
);

const repeat = fc
  .tuple(position, fc.integer({ min: 1, max: LONGEST_PART }), fc.constantFrom(2, 100, 2_000, MOST_TIMES))
  .map(([from, length, times]): Damage => (bytes) => {
    const at = index(bytes, from);
    const part = bytes.subarray(at, at + length);
    const room = Math.max(1, Math.floor(MOST_BYTES / Math.max(1, part.length)));
    const repeated = Buffer.alloc(part.length * Math.min(times, room), part);
    return Buffer.concat([bytes.subarray(0, at), repeated, bytes.subarray(at)]);
  });

/** What happens to bytes on a disk or a line. */
export const smallDamage: fc.Arbitrary<Damage> = severalOf(fc.oneof(flip, patch, cut, splice));

/** With parts that are repeated many times, as somebody might send them. */
export const damage: fc.Arbitrary<Damage> = severalOf(fc.oneof(flip, patch, cut, splice, repeat));

function severalOf(one: fc.Arbitrary<Damage>): fc.Arbitrary<Damage> {
  return fc
    .array(one, { minLength: 1, maxLength: 4 })
    .map((all) => (bytes) => all.reduce((damaged, apply) => apply(damaged), bytes));
}
