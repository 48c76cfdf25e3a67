import { StreamInferError } from '../core/errors';
import type { ScanBounds, ScanPosition } from '../core/scan-range';
import type { Broker } from '../core/ports';
import { PredictionColumns } from './columns';
import { comparePredictions, type Comparison } from './compare';
import type { ReplayPlan } from './plan';
import { readPredictions } from './read-predictions';

export interface ReportOptions {
  readonly broker: Broker;
  readonly plan: ReplayPlan;
  readonly bounds: readonly ScanBounds[];
  readonly labels: readonly string[];
  /** When this replay began, ms since 1970. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** Tolerated difference between the clocks of publishers, brokers and this machine, ms. */
const CLOCK_TOLERANCE = 10 * 60_000;

/**
 * Reads the predictions of both versions from their topics and compares them; null without a topic to compare with.
 * Reading the topics gives a resumed replay one complete report.
 */
export async function reportReplay(options: ReportOptions): Promise<Comparison | null> {
  const { plan, bounds, startedAt } = options;
  const resumed = bounds.some(({ known }) => known > 0);
  const { from } = plan.range;
  const earlier = await readTopic(options, plan.compareWith, from.at === 'time' ? from.ms : undefined);
  if (earlier === undefined) return null;
  const replayed = await readTopic(options, plan.topics.output, resumed ? undefined : startedAt);
  return comparePredictions({
    inputTopic: plan.topics.input,
    topics: { earlier: plan.compareWith, replayed: plan.topics.output },
    earlier,
    replayed: replayed ?? new PredictionColumns(plan.topics.input, bounds),
    labels: options.labels,
  });
}

/** undefined for a missing topic. Predictions are newer than their messages, so older ones are skipped. */
async function readTopic(
  { broker, plan, bounds, signal }: ReportOptions,
  topic: string,
  since: number | undefined,
): Promise<PredictionColumns | undefined> {
  const from: ScanPosition =
    since === undefined ? { at: 'beginning' } : { at: 'time', ms: since - CLOCK_TOLERANCE };
  const range = { from, to: { at: 'end' }, mayBeEmpty: true } as const;
  const scan = broker.createScan({ topic, memory: null, subscription: '', range });
  const columns = new PredictionColumns(plan.topics.input, bounds);
  try {
    await scan.open(signal);
    await readPredictions(scan, columns, signal);
    return columns;
  } catch (error) {
    if (StreamInferError.from(error).code === 'TOPIC_MISSING') return undefined;
    throw error;
  } finally {
    await scan.close();
  }
}
