import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import type { ImageFormat } from '../core/image';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import { ceilingOf, withWorkers, type Ceiling } from './ceiling';
import type { BenchFormat } from './formats';
import { floorOf, type FloorReport } from './floor';
import type { LatencyPlan, LatencyReport } from './latency';
import type { BenchPart } from './parts';
import { imagesFor, shapeOf, toJpeg, type LoadImages } from './load-images';
import { PROFILES, type Profile, type ProfileName } from './profiles';
import type { BenchProgress } from './run-context';
import type { Environment } from './environment';
import type { ThroughputReport } from './throughput';
import { runTrial, type TrialReport } from './trial';
import type { LoadPlan } from './warm-up';

/** On other brokers the broker or the load shares the process, or there is no native client to compare with. */
export const NO_FLOOR = 'the floor needs a real Kafka';

/** Kafka refuses larger messages unless it is configured otherwise. */
const MOST_RAW_BYTES = 900_000;
/** Distinct JPEG files of a load. */
const MOST_JPEGS = 500;

export interface BenchOptions {
  /** Its topics and group belong to this benchmark only. */
  readonly config: Config;
  readonly environment: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly profile: ProfileName;
  /** Raw unless an image is too large for most brokers. */
  readonly format?: BenchFormat | undefined;
  readonly parts: ReadonlySet<BenchPart>;
  /** For the throughput part. */
  readonly load: LoadPlan;
  readonly latency: LatencyPlan;
  /** Number of processes that share the work. */
  readonly processes: number;
  readonly partitions: number;
  readonly progress: BenchProgress;
}

/** The images of a load. */
export interface ImagesReport {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly format: ImageFormat;
  /** Not real images: there is no accuracy. */
  readonly generated: boolean;
}

export interface BenchReport {
  readonly profile: ProfileName;
  readonly images: ImagesReport;
  readonly broker: string;
  readonly delivery: Config['delivery'];
  readonly model: ModelIdentity;
  readonly processes: number;
  readonly partitions: number;
  /** Per process. */
  readonly workers: number;
  readonly maxBatch: number;
  /** Images/s of the workers alone. */
  readonly ceiling: number | null;
  readonly throughput: (ThroughputReport & { readonly ofCeiling: number | null }) | null;
  /** null if not requested or not measurable here. */
  readonly floor: FloorReport | null;
  /** The reason why the floor is missing. */
  readonly floorUnknown?: string;
  readonly latency: LatencyReport | null;
}

/** The resolved input of a benchmark: images, and a configuration with the model of the profile. */
export interface Prepared {
  readonly config: Config;
  readonly images: LoadImages;
  readonly profile: Profile;
  readonly workers: number;
}

/** Sends real images through a broker and measures the program from outside. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { parts, processes, progress } = options;
  const prepared = await prepare(options);
  const { config, images, profile, workers } = prepared;
  const wantsAlone = parts.has('ceiling') || parts.has('floor');
  if (wantsAlone) progress.step(`inference alone, ${counted(workers * processes, 'worker')}`);
  const alone = wantsAlone
    ? await ceilingOf(config.inference, {
        profile,
        images,
        workers: workers * processes,
        log: options.log,
      })
    : null;
  const trial =
    parts.has('throughput') || parts.has('latency') ? await runTrial(trialOf(options, prepared)) : null;
  const throughput = trial?.throughput ?? null;
  const ceiling = alone?.imagesPerSecond ?? null;
  return {
    profile: options.profile,
    images: describeImages(prepared),
    broker: config.kafka.embedded ? `${config.broker}, embedded` : config.broker,
    delivery: config.delivery,
    model: (trial ?? alone)?.model as ModelIdentity,
    processes,
    partitions: options.partitions,
    workers,
    maxBatch: config.inference.maxBatch,
    ceiling,
    throughput: throughput && {
      ...throughput,
      ofCeiling: ceiling === null ? null : throughput.imagesPerSecond / ceiling,
    },
    ...floorIn(options, trial, alone),
    latency: trial?.latency ?? null,
  };
}

/** Loads the images and chooses the model, the number of workers and the precision. */
export async function prepare({
  config,
  profile,
  format,
  log,
}: Pick<BenchOptions, 'config' | 'profile' | 'format' | 'log'>): Promise<Prepared> {
  const shape = await shapeOf(profile, config);
  const images = await imagesFor(shape, config);
  const { workers: wanted } = config.inference;
  const workers = wanted === 'auto' ? availableParallelism() : wanted;
  const model = PROFILES[profile].model ?? config.inference.model;
  const inference = await inOnePrecision({ ...config.inference, model }, log);
  return {
    config: { ...config, inference },
    images,
    profile: encodedAs(format, PROFILES[profile], shape),
    workers,
  };
}

function describeImages({ images, profile }: Prepared): ImagesReport {
  const { width, height, channels } = images.shape ?? FASHION_MNIST;
  return { width, height, channels, format: profile.format, generated: images.labels === undefined };
}

/** JPEG replaces raw pixels if wanted, or where brokers usually refuse messages of that size. */
function encodedAs(format: BenchFormat | undefined, profile: Profile, shape: ModelShape): Profile {
  const isRaw = profile.format === 'raw';
  const isJpeg = format === 'jpeg' || (format === undefined && bytesPerImage(shape) > MOST_RAW_BYTES);
  return isRaw && isJpeg ? { ...profile, format: 'jpeg', maxImages: MOST_JPEGS, encode: toJpeg } : profile;
}

function floorIn(
  { parts, environment }: BenchOptions,
  trial: TrialReport | null,
  alone: Ceiling | null,
): Pick<BenchReport, 'floor' | 'floorUnknown'> {
  if (!parts.has('floor') || !trial?.throughput) return { floor: null };
  if (environment.backlog === null) return { floor: null, floorUnknown: NO_FLOOR };
  const floor =
    trial.native &&
    floorOf({
      native: trial.native,
      inference: alone?.cpuMicros ?? null,
      cores: availableParallelism(),
      reached: trial.throughput.imagesPerSecond,
    });
  return floor === null ? { floor, floorUnknown: 'needs a longer run, and Linux' } : { floor };
}

/** Resolves `auto` once; each process could choose a different precision. */
async function inOnePrecision(inference: Config['inference'], log: Log): Promise<Config['inference']> {
  if (inference.precision !== 'auto') return inference;
  return await withWorkers(inference, 1, log, ({ model: { precision } }) =>
    Promise.resolve({ ...inference, precision }),
  );
}

/** Number of images without a prediction. */
export function lostIn({ throughput, latency }: Pick<BenchReport, 'throughput' | 'latency'>): number {
  return (throughput?.lost ?? 0) + (latency?.lost ?? 0);
}

function trialOf(options: BenchOptions, { config, images, profile }: Prepared) {
  const { environment, parts, load, latency, signal, progress } = options;
  return {
    environment,
    config,
    profile,
    images,
    load: parts.has('throughput') ? load : null,
    floor: parts.has('floor'),
    latency: parts.has('latency') ? latency : null,
    signal,
    progress,
  };
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
