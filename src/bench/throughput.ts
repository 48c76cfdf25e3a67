import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../core/errors';
import { DeadLetterWatch, Gauges, type GaugeReport } from './gauges';
import type { PredictionFeed, Reading } from './prediction-feed';
import type { BrokerWatch } from './environment';
import type { RunContext } from './run-context';
import { doneBy } from './system-under-test';
import { PredictionTally } from './prediction-tally';
import { totalOf, type LoadPlan, type Rate } from './warm-up';

export interface ThroughputReport extends GaugeReport, Rate {
  /** The whole load including the warm-up, like `lost` and `duplicates`. */
  readonly images: number;
  /** `backlog`: published before the program started; `window`: published while it ran. */
  readonly load: 'backlog' | 'window';
  readonly lost: number;
  readonly duplicates: number;
  readonly deadLetters: number;
  /** Share of correct predictions, 0–1; null for an untrained model. */
  readonly accuracy: number | null;
}

export interface ThroughputPart {
  readonly load: LoadPlan;
  readonly judged: boolean;
}

/** The result of draining a backlog. */
export interface Drained {
  readonly report: ThroughputReport;
  readonly feed: PredictionFeed;
  /** The published bytes of the first predictions. */
  readonly values: readonly Buffer[];
}

/** Images still missing after this time without progress count as lost, ms. */
const STALLED_MS = 30_000;
/** Time to wait for duplicates after the last prediction, ms. */
const QUIET_MS = 1_000;
const POLL_MS = 250;
/** Enough distinct values for a client that compresses batches. */
const MAX_VALUES = 1_000;

/** Measures with all images already in the topic. Opens the reader at the end, so that it uses no CPU time, and returns it. */
export async function drainBacklog(
  context: Omit<RunContext, 'feed'>,
  part: ThroughputPart,
  watch: BrokerWatch,
  open: () => Promise<PredictionFeed>,
): Promise<Drained> {
  const allReadyAt = Date.now();
  const total = totalOf(part.load);
  const gauges = new Gauges(context.system, part.load, watch.pids ?? []);
  let done = 0;
  try {
    done = await untilDone(context, total, watch, gauges);
  } finally {
    await gauges.stop(done);
  }
  context.progress.step('reading the predictions');
  const tally = new PredictionTally(0, total);
  const values: Buffer[] = [];
  const feed = await open();
  try {
    await readRemaining(feed, context, tally, STALLED_MS / 2, (reading) => {
      if (values.length < MAX_VALUES) values.push(Buffer.from(reading.value));
      count(tally, context.load, reading, reading.publishedAt);
    });
    const notBefore = context.system.pids.length > 1 ? allReadyAt : undefined;
    return { report: await toReport(context, part, tally, gauges, 'backlog', notBefore), feed, values };
  } catch (error) {
    await feed.close();
    throw error;
  }
}

/** Publishes at most `windowBytes` ahead of the outcomes while reading the predictions. */
export async function flowThrough(
  context: RunContext,
  part: ThroughputPart,
  windowBytes: number,
): Promise<ThroughputReport> {
  const { feed, load, signal, progress } = context;
  const total = totalOf(part.load);
  const tally = new PredictionTally(0, total);
  const gauges = new Gauges(context.system, part.load);
  const refused = new DeadLetterWatch(context.system);
  const over = new AbortController();
  const outcomes = () => tally.distinct + refused.count;
  try {
    const window = Math.max(1, Math.floor(windowBytes / load.messageBytes));
    const stop = AbortSignal.any([signal, over.signal]);
    const publishing = publishAhead(load, total, window, outcomes, stop);
    const onReading = (reading: Reading) => {
      count(tally, load, reading, predictedAtOf(reading));
      gauges.onProgress(tally.distinct);
      progress.update(tally.distinct, total);
    };
    await Promise.race([
      feed.read(
        onReading,
        () => outcomes() >= total,
        () => STALLED_MS,
      ),
      // Only a failure of the publisher ends the race.
      publishing.then(() => new Promise<never>(() => undefined)),
    ]);
    over.abort();
    await publishing;
  } finally {
    over.abort();
    refused.close();
    await gauges.stop(tally.distinct);
  }
  assertNotStopped(context);
  if (outcomes() >= total)
    await readRemaining(feed, context, tally, QUIET_MS, (reading) =>
      count(tally, load, reading, predictedAtOf(reading)),
    );
  return await toReport(context, part, tally, gauges, 'window');
}

async function publishAhead(
  load: RunContext['load'],
  total: number,
  window: number,
  outcomes: () => number,
  stop: AbortSignal,
): Promise<void> {
  const step = Math.max(1, Math.min(500, Math.floor(window / 4)));
  for (let at = 0; at < total && !stop.aborted;) {
    if (at + step - outcomes() > window) await sleep(1);
    else {
      const end = Math.min(total, at + step);
      await load.publish(at, end);
      at = end;
    }
  }
}

/**
 * Polls the broker's count, and the program's exact count only at the end, since offsets include transaction
 * markers. Resolves with the number done, even if progress stopped.
 */
async function untilDone(
  context: Omit<RunContext, 'feed'>,
  total: number,
  watch: BrokerWatch,
  gauges: Gauges,
): Promise<number> {
  let written = 0;
  for (let progressAt = performance.now(); performance.now() - progressAt < STALLED_MS;) {
    assertNotStopped(context);
    const now = await watch.written();
    if (now > written) progressAt = performance.now();
    written = now;
    gauges.onProgress(Math.min(written, total));
    context.progress.update(Math.min(written, total), total);
    if (written >= total && (await isDone(context.system, total))) return total;
    await sleep(POLL_MS);
  }
  return Math.min(written, total);
}

async function isDone(system: RunContext['system'], total: number): Promise<boolean> {
  const { predictions, deadLetters } = await doneBy(system);
  return predictions + deadLetters >= total;
}

async function readRemaining(
  feed: PredictionFeed,
  { progress, signal }: Omit<RunContext, 'feed'>,
  tally: PredictionTally,
  patienceMs: number,
  add: (reading: Reading) => void,
): Promise<void> {
  const onReading = (reading: Reading) => {
    add(reading);
    progress.update(tally.distinct, tally.count);
  };
  await feed.read(
    onReading,
    () => false,
    () => (tally.complete ? QUIET_MS : patienceMs),
  );
  assertNotStopped({ signal });
}

function count(
  tally: PredictionTally,
  load: RunContext['load'],
  { number, prediction }: Reading,
  at: number,
): void {
  tally.add({ number, at, correct: prediction.label === load.labelOf(number) });
}

function predictedAtOf({ prediction }: Reading): number {
  return Date.parse(prediction.predictedAt);
}

async function toReport(
  { system }: Omit<RunContext, 'feed'>,
  { load: plan, judged }: ThroughputPart,
  tally: PredictionTally,
  gauges: Gauges,
  load: ThroughputReport['load'],
  notBefore?: number,
): Promise<ThroughputReport> {
  return {
    images: totalOf(plan),
    ...tally.rate(plan.warmUp, notBefore),
    load,
    ...tally.counts,
    deadLetters: (await doneBy(system)).deadLetters,
    accuracy: judged ? tally.accuracy : null,
    ...(await gauges.report()),
  };
}

function assertNotStopped({ signal }: Pick<RunContext, 'signal'>): void {
  if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
}
