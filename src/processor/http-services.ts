import type { Config } from '../config/schema';
import { deadLetterTopic } from '../config/topics';
import { StreamInferError } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Pipeline } from '../pipeline/pipeline';
import type { ConnectionStatus, OutcomeObserver } from '../core/ports';
import type { Outcome } from '../core/prediction';
import type {
  Classified,
  ClassifyOptions,
  DeadLetters,
  EventsService,
  Health,
  HttpServices,
  ImageToClassify,
  PublishJobs,
  Setting,
} from '../http/services';
import type { DriftMonitor } from '../quality/drift-monitor';
import type { ResultsView } from '../results/view';
import { LagClock } from '../telemetry/lag-clock';
import type { LoadMeter, LoadNow } from '../telemetry/load-meter';
import { Metrics } from '../telemetry/metrics/metrics';
import type { ProcessorParts } from './processor-parts';
import type { ActivityMonitor } from '../telemetry/runtime-activity';

export interface HttpServicesParts {
  readonly config: Config;
  readonly version: string;
  readonly parts: ProcessorParts;
  readonly settings: readonly Setting[];
  readonly results: ResultsView;
  readonly publishing: PublishJobs;
  readonly deadLetters: DeadLetters;
  readonly events: EventsService;
  readonly monitor: ActivityMonitor;
  readonly load: LoadMeter;
  /** Absent where nothing is classified. */
  readonly drift?: DriftMonitor;
  /** What a process that classifies nothing answers for itself. */
  readonly instead?: Partial<HttpServices>;
}

const NOT_YET: ConnectionStatus = { state: 'connecting', reason: 'not opened yet' };

/**
 * What the HTTP server sees of the process, and the observers that feed its live stream: `observer` of what happens here,
 * which is measured, too, `onlooker` of what happened elsewhere.
 */
export function createHttpServices(options: HttpServicesParts): {
  services: HttpServices;
  observer: OutcomeObserver;
  onlooker: OutcomeObserver;
  metrics: Metrics;
} {
  const { config, parts, drift } = options;
  const listeners = new Set<(outcomes: readonly Outcome[]) => void>();
  const lagClock = new LagClock();
  let lastId = 0;
  const services: HttpServices = {
    version: options.version,
    broker: config.broker,
    topics: { input: config.input.topic, output: config.output.topic, dlq: deadLetterTopic(config) },
    results: options.results,
    publishing: options.publishing,
    deadLetters: options.deadLetters,
    events: options.events,
    settings: options.settings,
    health: () => healthOf(parts),
    model: () => parts.pool?.model ?? null,
    models: () => parts.models,
    lag: () => parts.lag,
    lagSeconds: (lag) => lagClock.seconds(lag),
    activity: () => options.monitor.read(),
    ...(config.inference.targetP99 !== undefined && { latencyGoal: () => parts.goal?.state() ?? null }),
    load: () => options.load.read(loadNow(parts, options.monitor)),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.toText() }),
    classify: (bytes, classifyOptions) => classify(parts, bytes, classifyOptions, `http/${++lastId}`),
    classifyAll: (images) => classifyAll(parts, images, () => `http/${++lastId}`),
    canClassify: () => parts.pipeline !== null && !parts.draining,
    onOutcomes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...(drift && { drift: () => drift.view(parts.pool?.model) }),
    trainingHistory: () => parts.pool?.history ?? [],
    ...options.instead,
  };
  const { version, results } = options;
  const { broker, input } = config;
  const metrics = new Metrics({ version, parts, results, services, broker, topic: input.topic });
  const onlooker: OutcomeObserver = {
    onOutcomes: (outcomes) => {
      lagClock.onOutcomes(outcomes);
      for (const listener of listeners) listener(outcomes);
    },
  };
  const observer: OutcomeObserver = {
    onOutcomes: (outcomes, publishMs) => {
      metrics.onOutcomes(outcomes, publishMs);
      onlooker.onOutcomes(outcomes, publishMs);
    },
  };
  return { services, metrics, observer, onlooker };
}

function healthOf(parts: ProcessorParts): Health {
  const source = parts.source?.status() ?? NOT_YET;
  const sink = parts.sink?.status() ?? NOT_YET;
  const reasons: string[] = [];
  if (parts.draining) reasons.push('stopping');
  if (!parts.pool) reasons.push('the model is being loaded');
  else if (parts.waitingFor) reasons.push(parts.waitingFor);
  else {
    if (source.state !== 'up') reasons.push(`source: ${source.reason ?? source.state}`);
    if (sink.state !== 'up') reasons.push(`sink: ${sink.reason ?? sink.state}`);
    if (parts.outbox?.stalled)
      reasons.push('predictions are not confirmed by the broker; nothing new is taken');
    if (reasons.length === 0 && !parts.pipeline) reasons.push('the pipeline is being started');
  }
  return { ready: reasons.length === 0, reasons, source, sink };
}

function loadNow(parts: ProcessorParts, monitor: ActivityMonitor): LoadNow {
  const { ready, reasons } = healthOf(parts);
  const { workers, workerUtilization } = monitor.read();
  return {
    workers,
    utilization: workerUtilization,
    perImageMs: parts.pipeline?.perImageMs ?? null,
    blocked: ready ? null : reasons.join(' '),
  };
}

/** One image through the interactive lane. Rejects with the code it is refused for, OVERLOADED or NOT_READY. */
export async function classify(
  parts: ProcessorParts,
  bytes: Buffer,
  options: ClassifyOptions,
  sourceId: string,
): Promise<Classified> {
  const delivery = toDelivery(bytes, options, sourceId);
  return toClassified(await runningPipeline(parts).classifyNow(delivery, options.invert), '');
}

async function classifyAll(
  parts: ProcessorParts,
  images: readonly ImageToClassify[],
  nextId: () => string,
): Promise<readonly Classified[]> {
  const deliveries = images.map(({ bytes, ...options }) => toDelivery(bytes, options, nextId()));
  const outcomes = await runningPipeline(parts).classifyAllNow(deliveries);
  return outcomes.map((outcome, at) => toClassified(outcome, `image ${at}: `));
}

function runningPipeline({ pipeline }: ProcessorParts): Pipeline {
  if (!pipeline) throw new StreamInferError('NOT_READY', 'the model is not loaded yet; try again shortly');
  return pipeline;
}

function toClassified(outcome: Outcome, which: string): Classified {
  if (outcome.kind === 'dead letter')
    throw new StreamInferError(outcome.rejection.code, `${which}${outcome.rejection.message}`);
  return { prediction: outcome.prediction, pixels: outcome.pixels };
}

function toDelivery(value: Buffer, { contentType, id }: ClassifyOptions, sourceId: string): Delivery {
  return {
    origin: { broker: 'http', topic: '', partition: null, offset: null },
    sourceId,
    key: null,
    value,
    headers: [
      ...(contentType ? [['content-type', contentType] as const] : []),
      ...(id ? [['id', id] as const] : []),
    ],
    timestamp: Date.now(),
    receivedAt: performance.now(),
    attempt: 1,
  };
}
