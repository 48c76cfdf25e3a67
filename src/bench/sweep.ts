import { availableParallelism } from 'node:os';
import { StreamInferError } from '../core/errors';
import { prepare, type BenchOptions, type Prepared } from './bench';
import { measureCeiling, withWorkers } from './ceiling';
import type { ProfileName } from './profiles';
import { BATCH_SIZES, candidatesOf, suggestionOf, workerCounts, type Measured } from './suggest';
import { runTrial } from './trial';

export type SweepOptions = Omit<BenchOptions, 'parts' | 'latency' | 'processes'>;

/** The measured settings and the suggested one. */
export interface SweepReport {
  readonly profile: ProfileName;
  readonly broker: string;
  readonly cores: number;
  /** Images/s of the workers alone. */
  readonly ceilings: readonly Measured[];
  /** Images/s from message to prediction, and the number of lost images. */
  readonly endToEnd: readonly (Measured & { readonly lost: number })[];
  readonly suggestion: Measured;
}

const CEILING_MS = 1_000;

/** Measures settings on the workers alone, and the promising ones end to end. */
export async function runSweep(options: SweepOptions): Promise<SweepReport> {
  const prepared = await prepare(options);
  const cores = availableParallelism();
  const ceilings = await sweepCeilings(options, prepared, workerCounts(cores));
  const { maxBatch } = prepared.config.inference;
  const candidates = candidatesOf(ceilings, { workers: prepared.workers, maxBatch });
  const endToEnd: (Measured & { lost: number })[] = [];
  for (const candidate of candidates) endToEnd.push(await tryEndToEnd(options, prepared, candidate));
  return {
    profile: options.profile,
    broker: options.config.broker,
    cores,
    ceilings,
    endToEnd,
    suggestion: suggestionOf(endToEnd),
  };
}

async function sweepCeilings(
  { log, progress, signal }: SweepOptions,
  { config, images, profile }: Prepared,
  counts: readonly number[],
): Promise<Measured[]> {
  const measured: Measured[] = [];
  const inference = { ...config.inference, maxBatch: Math.max(...BATCH_SIZES) };
  for (const workers of counts) {
    progress.step(`inference alone, --workers ${workers}`);
    await withWorkers(inference, workers, log, async (pool) => {
      for (const [i, maxBatch] of BATCH_SIZES.entries()) {
        if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
        const { imagesPerSecond } = await measureCeiling(pool, { profile, images }, maxBatch, CEILING_MS);
        measured.push({ workers, maxBatch, imagesPerSecond });
        progress.update(i + 1, BATCH_SIZES.length);
      }
    });
  }
  return measured;
}

async function tryEndToEnd(
  { environment, load, signal, progress }: SweepOptions,
  { config, images, profile }: Prepared,
  setting: { workers: number; maxBatch: number },
): Promise<Measured & { lost: number }> {
  const { workers, maxBatch } = setting;
  progress.step(`end to end, --workers ${workers} --max-batch ${maxBatch}`);
  // Each trial has its own topics and group, since a broker may delete the previous ones late.
  const name = (text: string) => `${text}-${workers}x${maxBatch}`;
  const { input, output } = config;
  const { throughput } = await runTrial({
    environment,
    config: {
      ...config,
      inference: { ...config.inference, ...setting },
      input: {
        ...input,
        topic: name(input.topic),
        group: name(input.group),
        subscription: name(input.subscription ?? input.topic),
      },
      output: { ...output, topic: name(output.topic), dlq: name(output.dlq ?? `${input.topic}-dlq`) },
    },
    profile,
    images,
    load,
    floor: false,
    latency: null,
    signal,
    progress,
  });
  return {
    ...setting,
    imagesPerSecond: throughput?.imagesPerSecond ?? NaN,
    lost: throughput?.lost ?? load.warmUp + load.count,
  };
}
