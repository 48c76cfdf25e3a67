/** Damaged inputs for one reader: each gives a value or a documented error, and soon. */
import fc from 'fast-check';
import { ERROR_CODES, isStreamInferError, messageOf, type ErrorCode } from '../../src/core/errors';
import { damage, type Damage } from './damage';
import { heldFor, LONGEST_HOLD } from './held-for';
import { jsonDamage, parsed } from './json-damage';

/** More with FUZZ_RUNS=3000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);
/** The same inputs in each run, unless another seed is set. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const SHOWN = 300;

type Read = (bytes: Buffer) => unknown;

export interface FuzzOptions {
  /** The documented codes of the reader. */
  readonly codes: readonly ErrorCode[];
  /** Of the usual number of inputs, for a slow reader. */
  readonly share?: number;
  /** In place of the usual damage. */
  readonly damage?: fc.Arbitrary<Damage>;
}

/** Runs a number of inputs; a failure names the seed and shows the start of the input. */
export async function fuzz(
  seeds: readonly Buffer[],
  read: Read,
  { codes, share = 1, ...options }: FuzzOptions,
): Promise<void> {
  for (const seed of seeds) await read(seed);
  const inputs = fc.constantFrom(...seeds).chain((seed) => {
    const usual = parsed(seed) === undefined ? damage : fc.oneof(damage, jsonDamage);
    return (options.damage ?? usual).map((apply) => apply(seed));
  });
  await fc.assert(
    fc.asyncProperty(inputs, (bytes) => expectOutcome(read, bytes, codes)),
    // Shrinking repeats a slow input many times, and would print megabytes.
    { numRuns: Math.ceil(RUNS * share), seed: SEED, endOnFailure: true, reporter },
  );
}

function reporter(details: fc.RunDetails<[Buffer]>): void {
  if (!details.failed) return;
  const bytes = details.counterexample?.[0] ?? Buffer.alloc(0);
  const shown = JSON.stringify(bytes.toString('latin1', 0, SHOWN));
  throw new Error(
    `FUZZ_SEED=${details.seed}, input ${details.numRuns} of ${bytes.length} bytes: ${shown}\n` +
      messageOf(details.errorInstance),
    { cause: details.errorInstance },
  );
}

async function expectOutcome(read: Read, bytes: Buffer, codes: readonly ErrorCode[]): Promise<void> {
  const hold = await heldFor(() => outcomeOf(read, bytes, codes));
  if (hold > LONGEST_HOLD) throw new Error(`held the event loop for ${Math.round(hold)} ms`);
}

async function outcomeOf(read: Read, bytes: Buffer, codes: readonly ErrorCode[]): Promise<void> {
  try {
    await read(bytes);
  } catch (error) {
    const isDocumented = isStreamInferError(error) && error.code in ERROR_CODES && codes.includes(error.code);
    if (!isDocumented) throw error;
  }
}
