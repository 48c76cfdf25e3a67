import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../../core/errors';
import { DeadLetterWatch, Gauges, type GaugeReport } from './gauges';
import type { PredictionFeed, Reading } from './prediction-feed';
import type { Stage } from './stage';
import { doneBy } from './subject';
import { Tally } from './tally';

export interface ThroughputReport extends GaugeReport {
  readonly images: number;
  /** By the predictions' own times, without the first tenth; NaN for too few. */
  readonly imagesPerSecond: number;
  /** `backlog`: the images were there before the program; `window`: they came while it ran. */
  readonly load: 'backlog' | 'window';
  readonly lost: number;
  readonly duplicates: number;
  readonly deadLetters: number;
  /** Share of the predictions that are right, 0–1; null where the images carry no class. */
  readonly accuracy: number | null;
}

export interface ThroughputPart {
  readonly count: number;
  readonly judged: boolean;
}

/** Nothing has come for so long: what is missing is lost, ms. */
const STALLED_MS = 30_000;
/** How long a reader waits for duplicates after everything is there, ms. */
const QUIET_MS = 1_000;
const POLL_MS = 250;

/** The images wait in the topic already. Opens the reader of the predictions after the last, and hands it on. */
export async function drainBacklog(
  stage: Omit<Stage, 'feed'>,
  part: ThroughputPart,
  open: () => Promise<PredictionFeed>,
): Promise<{ report: ThroughputReport; feed: PredictionFeed }> {
  const allReadyAt = Date.now();
  const gauges = new Gauges(stage.subject, part.count);
  let done = 0;
  try {
    done = await untilDone(stage, part.count, gauges);
  } finally {
    await gauges.stop(done);
  }
  stage.progress.step('reading the predictions');
  const tally = new Tally(0, part.count);
  const feed = await open();
  try {
    await readRest(feed, tally, stage, STALLED_MS / 2);
    const notBefore = stage.subject.pids.length > 1 ? allReadyAt : undefined;
    return { report: await toReport(stage, part, tally, gauges, 'backlog', notBefore), feed };
  } catch (error) {
    await feed.close();
    throw error;
  }
}

/** Publishes at most `windowBytes` ahead of the outcomes, and reads the predictions meanwhile. */
export async function flowThrough(
  stage: Stage,
  part: ThroughputPart,
  windowBytes: number,
): Promise<ThroughputReport> {
  const { feed, load, signal, progress } = stage;
  const tally = new Tally(0, part.count);
  const gauges = new Gauges(stage.subject, part.count);
  const refused = new DeadLetterWatch(stage.subject);
  const over = new AbortController();
  const outcomes = () => tally.distinct + refused.count;
  try {
    const window = Math.max(1, Math.floor(windowBytes / load.messageBytes));
    const stop = AbortSignal.any([signal, over.signal]);
    const publishing = publishAhead(load, part.count, window, outcomes, stop);
    const onReading = (reading: Reading) => {
      count(tally, reading);
      gauges.onProgress(tally.distinct);
      progress.update(tally.distinct, part.count);
    };
    await Promise.race([
      feed.read(
        onReading,
        () => outcomes() >= part.count,
        () => STALLED_MS,
      ),
      // Only its failure ends the race.
      publishing.then(() => new Promise<never>(() => undefined)),
    ]);
    over.abort();
    await publishing;
  } finally {
    over.abort();
    refused.close();
    await gauges.stop(tally.distinct);
  }
  assertNotStopped(stage);
  if (outcomes() >= part.count) await readRest(feed, tally, stage, QUIET_MS);
  return await toReport(stage, part, tally, gauges, 'window');
}

async function publishAhead(
  load: Stage['load'],
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

/** Waits by the program's own count. Resolves with it, also when something is missing and nothing comes any more. */
async function untilDone(stage: Omit<Stage, 'feed'>, total: number, gauges: Gauges): Promise<number> {
  let done = 0;
  for (let heardAt = performance.now(); performance.now() - heardAt < STALLED_MS;) {
    assertNotStopped(stage);
    const { predictions, deadLetters } = await doneBy(stage.subject);
    if (predictions + deadLetters > done) heardAt = performance.now();
    done = predictions + deadLetters;
    gauges.onProgress(done);
    stage.progress.update(Math.min(done, total), total);
    if (done >= total) break;
    await sleep(POLL_MS);
  }
  return done;
}

async function readRest(
  feed: PredictionFeed,
  tally: Tally,
  { progress, signal }: Omit<Stage, 'feed'>,
  patienceMs: number,
): Promise<void> {
  const onReading = (reading: Reading) => {
    count(tally, reading);
    progress.update(tally.distinct, tally.count);
  };
  await feed.read(
    onReading,
    () => false,
    () => (tally.complete ? QUIET_MS : patienceMs),
  );
  assertNotStopped({ signal });
}

function count(tally: Tally, { number, prediction }: Reading): void {
  tally.add({
    number,
    predictedAt: Date.parse(prediction.predictedAt),
    correct: prediction.correct === true,
  });
}

async function toReport(
  { subject }: Omit<Stage, 'feed'>,
  { count: images, judged }: ThroughputPart,
  tally: Tally,
  gauges: Gauges,
  load: ThroughputReport['load'],
  notBefore?: number,
): Promise<ThroughputReport> {
  return {
    images,
    imagesPerSecond: tally.throughput(notBefore),
    load,
    ...tally.counts,
    deadLetters: (await doneBy(subject)).deadLetters,
    accuracy: judged ? tally.accuracy : null,
    ...(await gauges.report()),
  };
}

function assertNotStopped({ signal }: Pick<Stage, 'signal'>): void {
  if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
}
