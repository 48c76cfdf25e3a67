/** Has a run judged by scripts/chaos/verify.py, which shares no code with the program. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileToOnnx } from '../../src/inference/onnx/compile';
import { readModelFiles, resolveModelDir } from '../../src/models/files';
import { python } from '../helpers/python';
import type { Mode } from './plan';

const SCRIPT = resolve(__dirname, '../../scripts/chaos/verify.py');
/** What the members run, in fp32: int8 rounds as the processor does. */
export const MODEL = 'fashion-mnist@1';

interface Found {
  readonly count: number;
  readonly first: readonly unknown[];
}

export interface Verification {
  readonly inputs: number;
  /** Predictions whose class and probabilities were calculated again. */
  readonly compared: number;
  /** Largest difference of a probability. */
  readonly worstDifference: number;
  readonly problems: Readonly<Record<'missing' | 'wrong' | 'rejected' | 'repeated' | 'overtaken', Found>>;
}

export interface Topics {
  readonly servers: string;
  readonly input: string;
  readonly output: string;
  readonly dlq: string;
}

export class Verifier {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stream-infer-verify-'));
  readonly #model = join(this.#folder, 'model.onnx');

  private constructor() {
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  static async create(): Promise<Verifier> {
    const verifier = new Verifier();
    writeFileSync(verifier.#model, compileToOnnx(await readModelFiles(await resolveModelDir(MODEL))));
    return verifier;
  }

  /** Rejects if the topics cannot be read. */
  async verify({ servers, input, output, dlq }: Topics, mode: Mode): Promise<Verification> {
    const args = [servers, input, output, dlq, this.#model, mode];
    const printed = await python(SCRIPT, args, {}, 'requirements-chaos.txt').catch(verdictIn);
    const { inputs, compared, worstDifference, ...problems } = JSON.parse(printed) as Verification &
      Verification['problems'];
    return { inputs, compared, worstDifference, problems };
  }
}

/** A verdict that names problems comes with exit code 1. */
function verdictIn(error: Error & { stdout?: string }): string {
  if (error.stdout?.startsWith('{')) return error.stdout;
  throw error;
}

/** In sentences. */
export function problemsIn({ problems }: Verification): string[] {
  return Object.entries(problems)
    .filter(([, { count }]) => count > 0)
    .map(([name, { count, first }]) => `the verifier found ${count} ${name}: ${JSON.stringify(first)}`);
}
