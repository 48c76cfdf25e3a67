/** Well-formed JSON with values and names that nobody expects. */
import fc from 'fast-check';
import { MOST_BYTES, type Damage } from './damage';

const MANY = 70_000;
const LEVELS = 2_000;
/** In place of a number that JSON.stringify cannot write. */
const TOO_LARGE = '<1e999>';

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '\ud800',
  'a.b.c',
  '0',
];

const VALUES: readonly (() => unknown)[] = [
  ...[null, true, '', 0, -1, -0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, TOO_LARGE].map(
    (one) => () => one,
  ),
  ...['NaN', '1e999', '-1', 'null', '\u0000', '\ud800', '*a', '/', '..', 'https://[', ...NAMES].map(
    (one) => () => one,
  ),
  () => 'x'.repeat(200_000),
  () => '${'.repeat(100_000),
  () => 'a='.repeat(100_000),
  () => [],
  () => ({}),
  () => named('__proto__', { polluted: true }),
  () => named('constructor', { prototype: {} }),
  () => nested((inner) => [inner]),
  () => nested((inner) => ({ a: inner })),
  ...[0, null, 'x', {}, [0], TOO_LARGE].map((one) => () => Array<unknown>(MANY).fill(one)),
  () => Array.from({ length: MANY }, (_, i) => `name${i}`),
  () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`name${i}`, i])),
];

function named(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]]);
}

function nested(around: (inner: unknown) => unknown): unknown {
  let value: unknown = 0;
  for (let level = 0; level < LEVELS; level++) value = around(value);
  return value;
}

type Change = (value: unknown) => unknown;

const unexpected = fc.constantFrom(...VALUES);
const replaced: fc.Arbitrary<Change> = unexpected.map(
  (make): Change =>
    () =>
      make(),
);
const extended: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom(...NAMES), unexpected).map(
  ([name, make]): Change =>
    (value) =>
      withMember(value, name, make()),
);
const multiplied: fc.Arbitrary<Change> = fc.constantFrom(2, 1_000, MANY).map((times): Change => (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const room = Math.floor(MOST_BYTES / (JSON.stringify(list).length + 1));
  return Array.from({ length: Math.min(times, room, MANY) * list.length }, (_, i) => list[i % list.length]);
});

function withMember(value: unknown, name: string, member: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[]), member];
  return isObject(value)
    ? Object.fromEntries([...Object.entries(value), [name, member]])
    : { [name]: member };
}

/** Changes values anywhere in a JSON text; bytes that are none stay as they are. */
export const jsonDamage: fc.Arbitrary<Damage> = fc
  .array(fc.tuple(fc.nat(), fc.oneof({ weight: 3, arbitrary: replaced }, extended, multiplied)), {
    minLength: 1,
    maxLength: 2,
  })
  .map((changes): Damage => (bytes) => {
    const json = parsed(bytes);
    if (json === undefined) return bytes;
    return toBytes(changes.reduce<unknown>((value, [at, change]) => changedAt(value, at, change), json));
  });

/** undefined for bytes that are not JSON. */
export function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function toBytes(json: unknown): Buffer {
  return Buffer.from(JSON.stringify(json).replaceAll(`"${TOO_LARGE}"`, '1e999'));
}

/** Chooses a way down: shallow places are as likely as those of a long list. */
function changedAt(value: unknown, choice: number, change: Change): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const at = choice % (entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return change(value);
  entries[at] = [entry[0], changedAt(entry[1], Math.floor(choice / (entries.length + 1)), change)];
  return Array.isArray(value) ? entries.map(([, one]) => one as unknown) : Object.fromEntries(entries);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
