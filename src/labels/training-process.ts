import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ERROR_CODES, StreamInferError, type ErrorCode } from '../core/errors';
import type { LabelComparison } from '../core/retraining';

export interface TrainingRun {
  /** NDJSON. */
  readonly labels: string;
  /** Folder of the version to start from, and of the new one. */
  readonly base: string;
  readonly out: string;
  readonly dataDir?: string | undefined;
}

export interface TrainingLimits {
  /** Longest time of a training, ms. */
  readonly longestMs: number;
  /** Time to stop after the current batch, ms. */
  readonly stopMs: number;
}

export const TRAINING_LIMITS: TrainingLimits = { longestMs: 30 * 60_000, stopMs: 10_000 };
/** All workers go first. */
const NICENESS = 15;
/** Characters of errors that are kept. */
const MOST_ERRORS = 10_000;

const share = z.number().min(0).max(1);
const score = z.object({ test: share, heldOut: share });
const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('epoch'), epoch: z.int().min(1), epochs: z.int().min(1) }),
  z.object({
    type: z.literal('model'),
    comparison: z.object({
      testImages: z.int(),
      heldOutImages: z.int(),
      base: score,
      candidate: score,
    }) satisfies z.ZodType<LabelComparison>,
  }),
]);

/**
 * Runs `train --from-labels` in a process of low priority with one TensorFlow thread. Resolves when the new version is
 * written. Rejects with the error of the command, with ABORTED when `signal` aborts, or with TIMEOUT.
 */
export async function runTraining(
  run: TrainingRun,
  onEpoch: (epoch: number, epochs: number) => void,
  signal: AbortSignal,
  limits = TRAINING_LIMITS,
): Promise<LabelComparison> {
  if (signal.aborted) throw cancelled();
  const child = start(run);
  let comparison: LabelComparison | undefined;
  let errors = '';
  let late = false;
  createInterface({ input: child.stdout! }).on('line', (text) => {
    const line = parse(text);
    if (line?.type === 'epoch') onEpoch(line.epoch, line.epochs);
    else if (line !== undefined) comparison = line.comparison;
  });
  child
    .stderr!.setEncoding('utf8')
    .on('data', (text: string) => (errors = (errors + text).slice(-MOST_ERRORS)));
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGINT');
    killer ??= setTimeout(() => child.kill('SIGKILL'), limits.stopMs);
  };
  const longest = setTimeout(() => {
    late = true;
    stop();
  }, limits.longestMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await ended(child);
    if (signal.aborted) throw cancelled();
    if (late)
      throw new StreamInferError('TIMEOUT', `the training took longer than ${limits.longestMs / 60_000} min`);
    if (code === 0 && comparison !== undefined) return comparison;
    throw errorIn(errors, code);
  } finally {
    clearTimeout(longest);
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
  }
}

function cancelled(): StreamInferError {
  return new StreamInferError('ABORTED', 'the training was cancelled');
}

function start({ labels, base, out, dataDir }: TrainingRun): ChildProcess {
  const flags = ['--from-labels', labels, '--model', base, '--out', out, '--json'];
  const args = [mainFile(), 'train', ...flags, ...(dataDir === undefined ? [] : ['--data-dir', dataDir])];
  const env = {
    ...process.env,
    ...{ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' },
  };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  try {
    if (child.pid !== undefined) os.setPriority(child.pid, NICENESS);
  } catch {
    // It may have ended already; then its exit says why.
  }
  return child;
}

/** Resolves when all output is read, with the exit code; null after a signal. */
async function ended(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(StreamInferError.from(error, 'INTERNAL', 'the training cannot be started: ')),
    );
    child.once('close', resolve);
  });
}

function parse(text: string): z.output<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not a line of the report.
    return undefined;
  }
}

/** The command ends with a line such as `error MODEL_REFUSED: …`. */
function errorIn(text: string, exit: number | null): StreamInferError {
  const lines = text.trim().split('\n');
  for (const line of lines.reverse()) {
    const [, code = '', message = ''] = /^error ([A-Z_\d]+): (.*)$/.exec(line) ?? [];
    if (Object.hasOwn(ERROR_CODES, code)) return new StreamInferError(code as ErrorCode, message);
  }
  const last = lines[0] ?? '';
  return new StreamInferError(
    'INTERNAL',
    `the training ended ${exit === null ? 'by a signal' : `with exit code ${exit}`}${last === '' ? '' : `: ${last}`}`,
  );
}

/** The compiled command: next to this folder, or in dist if this file runs as TypeScript. */
function mainFile(): string {
  const beside = path.join(__dirname, '../cli/main.js');
  return existsSync(beside) ? beside : path.join(__dirname, '../../dist/cli/main.js');
}
