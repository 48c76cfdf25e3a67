import { gunzipSync } from 'node:zlib';
import { readFileSync, existsSync } from 'node:fs';
import { encodePng } from '../../src/codec/picture-png';
import { addToBins, createBins, readBins } from '../../src/core/confidence-bins';
import { StreamInferError } from '../../src/core/errors';
import { IMAGE_PIXELS } from '../../src/core/image';
import { CLASS_COUNT, CLASS_NAMES } from '../../src/core/labels';
import type { OriginalImage } from '../../src/core/picture';
import type { Delivery } from '../../src/core/message';
import type { Log } from '../../src/core/ports';
import type { ComparedSide, Disagreement, ModelVersion, RolloutState } from '../../src/core/model-version';
import type { ResultCacheState } from '../../src/core/result-cache';
import type { LatencyGoalState } from '../../src/core/latency-goal-state';
import type { RolloutMode } from '../../src/core/rollout';
import type { ModelIdentity, Outcome, Prediction, PredictionOutcome } from '../../src/core/prediction';
import { readOutcome } from '../../src/pipeline/outcomes';
import type {
  Activity,
  ClassifyOptions,
  Health,
  HttpServices,
  ModelsService,
  PublishJob,
  PublishRequest,
} from '../../src/http/services';
import { DeadLetterService } from '../../src/dead-letters/dead-letter-service';
import { noSharedHistory } from '../../src/dead-letters/redrive-history';
import type { MessageSink } from '../../src/core/ports';
import type { OutgoingMessage } from '../../src/core/message';
import { DeadLetterRing } from '../../src/results/dead-letter-ring';
import { createMemoryEvents } from '../../src/results/events/memory-events';
import type { EventStore } from '../../src/results/events/event-store';
import type { RuleEvent } from '../../src/core/event';
import { createMemoryResults } from '../../src/results/memory-store';
import { createResults } from '../../src/results/results';
import { FASHION_MNIST_DESCRIPTION } from './model-description';
import { shippedManifest } from './shipped-manifest';

export const MODEL: ModelIdentity = {
  name: 'fashion-mnist',
  version: 1,
  sha256: 'a'.repeat(64),
  runtime: 'tfjs-node',
  precision: 'fp32',
};

export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const UP: Health = { ready: true, reasons: [], source: { state: 'up' }, sink: { state: 'up' } };
const SPLIT_SIZE = 10_000;

export type OutcomeFields = Partial<Omit<Prediction, 'timing' | 'source'>> & {
  readonly index?: number;
  readonly key?: string;
  readonly pixels?: Uint8Array;
  readonly original?: OriginalImage;
  readonly timing?: Partial<Prediction['timing']>;
};

/** A prediction like that of the pipeline. */
export function createOutcome(fields: OutcomeFields = {}): PredictionOutcome {
  const { index = 0, key = null, pixels = new Uint8Array(IMAGE_PIXELS), timing, original, ...rest } = fields;
  const label = rest.label ?? 0;
  const confidence = rest.confidence ?? 0.91;
  const partition = index % 4;
  const offset = String(Math.floor(index / 4));
  const prediction: Prediction = {
    schemaVersion: 1,
    id: `images/${partition}/${offset}`,
    label,
    className: CLASS_NAMES[label] ?? 'none',
    confidence,
    probabilities: CLASS_NAMES.map((_, at) =>
      at === label ? confidence : (1 - confidence) / (CLASS_COUNT - 1),
    ),
    ...(rest.truth !== undefined && { correct: rest.truth === label }),
    model: MODEL,
    source: {
      broker: 'memory',
      topic: 'images',
      partition,
      offset,
      key,
      timestamp: new Date().toISOString(),
    },
    timing: { queueMs: 0.8, inferenceMs: 1.9, totalMs: 3.1, batchSize: 32, ...timing },
    predictedAt: new Date().toISOString(),
    ...rest,
  };
  const delivery: Delivery = {
    origin: { broker: 'memory', topic: 'images', partition, offset },
    sourceId: prediction.id,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(pixels),
    headers: [],
    timestamp: Date.now(),
    receivedAt: performance.now(),
    attempt: 1,
  };
  const outcome = readOutcome(delivery, prediction, Buffer.from(JSON.stringify(prediction)));
  return { ...outcome, pixels, ...(original && { decoded: { original } }) };
}

/** HttpServices without brokers or a model: tests emit outcomes and set the state. */
export interface FakeServices extends HttpServices {
  health: () => Health;
  model: () => ModelIdentity | null;
  activity: () => Activity;
  /** Emits outcomes like the pipeline. */
  emit(outcomes: readonly Outcome[], publishMs?: number): void;
  readonly classified: { bytes: Buffer; options: ClassifyOptions }[];
  /** The requested occlusion maps. */
  readonly explained: { pixels: Uint8Array; label: number }[];
  /** Requests of numbers. */
  readonly numbers: number[][];
  readonly requests: PublishRequest[];
  /** The next call of `classify` or of `publishing.start`, or the next redrive, rejects with it. */
  failNext: Error | null;
  readonly waits: AbortSignal[];
  /** The messages published by redriving. */
  readonly redriven: OutgoingMessage[];
  readonly eventStore: EventStore;
  /** Emits an event like a rule. */
  notice(event: RuleEvent, pixels?: Uint8Array | null): Promise<void>;
  rollout: RolloutState | null;
  /** Set to enable a latency goal. */
  latencyGoal?: () => LatencyGoalState | null;
  /** Set to enable the result cache. */
  resultCache?: () => ResultCacheState | null;
  /** publishAndWait never resolves. */
  stuck: boolean;
  setProgress(id: string, change: Partial<PublishJob>): void;
  lagMessages: number[];
}

export function createFakeServices(overrides: Partial<HttpServices> = {}): FakeServices {
  const results = createResults(createMemoryResults({ capacity: 1000 }), null, SILENT_LOG);
  const letters = new DeadLetterRing(() => MODEL);
  const listeners = new Set<(outcomes: readonly Outcome[]) => void>();
  const jobs = new Map<string, PublishJob>();
  const eventStore = createMemoryEvents();
  const alertListeners = new Set<(event: RuleEvent) => void>();

  const fake: FakeServices = {
    version: '0.1.0',
    broker: 'memory',
    topics: { input: 'images', output: 'predictions', dlq: 'images.dlq' },
    results,
    settings: [{ path: 'http.port', value: '8080', source: 'default' }],
    classified: [],
    numbers: [],
    explained: [],
    requests: [],
    waits: [],
    redriven: [],
    deadLetters: new DeadLetterService({
      ring: letters,
      input: async () => ({ topic: 'images', names: ['images'] }),
      history: noSharedHistory,
      sink: () =>
        fakeSink(async (messages) => {
          takeFailure(fake);
          fake.redriven.push(...messages);
        }),
    }),
    eventStore,
    notice: async (event, pixels = new Uint8Array(IMAGE_PIXELS)) => {
      await eventStore.insert({ event, pixels });
      for (const listener of alertListeners) listener(event);
    },
    events: {
      ...eventStore,
      rules: [
        {
          name: 'bags',
          kind: 'label',
          severity: 'warning',
          alert: true,
          cooldown: 60_000,
          remind: 3_600_000,
          labels: [8],
          minConfidence: 0.9,
        },
      ],
      state: () => ({ open: 0, shed: 0, alarm: null }),
      raised: () => new Map([['bags', 3]]),
      acknowledge: async (number, acknowledgement) => {
        takeFailure(fake);
        const found = await eventStore.acknowledge(number, acknowledgement);
        if (found) for (const listener of alertListeners) listener(found);
        return found;
      },
      onAlert: (listener) => {
        alertListeners.add(listener);
        return () => alertListeners.delete(listener);
      },
    },
    failNext: null,
    rollout: null,
    stuck: false,
    lagMessages: [0, 0, 0, 0],
    health: () => UP,
    modelElsewhere: null,
    model: () => MODEL,
    modelDescription: () => FASHION_MNIST_DESCRIPTION,
    models: () => fakeModels(fake),
    lag: () => fake.lagMessages.map((messages, partition) => ({ topic: 'images', partition, messages })),
    lagSeconds: ({ messages }) => messages / 10,
    activity: () => ({
      inFlight: 0,
      inFlightBytes: 0,
      queued: { stream: 0, interactive: 0 },
      batchTarget: null,
      workers: 2,
      workerUtilization: 0.25,
      eventLoopDelayMs: 1.2,
      rssBytes: 200 * 1024 * 1024,
    }),
    load: () => ({
      arrivalRate: 300,
      outcomeRate: 100,
      lag: 6000,
      capacity: 200,
      utilization: 1,
      partitions: 4,
      blocked: null,
    }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' }),
    emit: (outcomes, publishMs = 1) => {
      results.onOutcomes(outcomes, publishMs);
      letters.onOutcomes(outcomes);
      for (const listener of listeners) listener(outcomes);
    },
    onOutcomes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    classify: async (bytes, options) => {
      fake.classified.push({ bytes, options });
      takeFailure(fake);
      if (bytes.length === 0) throw new StreamInferError('EMPTY', 'The message has no value.');
      const pixels =
        bytes.length === IMAGE_PIXELS ? new Uint8Array(bytes) : new Uint8Array(IMAGE_PIXELS).fill(128);
      const { prediction } = createOutcome({ label: 9, confidence: 0.87, id: options.id ?? 'http/1' });
      return { prediction, scores: prediction.probabilities ?? [], pixels };
    },
    explain: async (pixels, label) => {
      fake.explained.push({ pixels, label });
      takeFailure(fake);
      const regions = [0, 0.1, 0, 0, 0.6, 0.3, 0, 0, 0];
      const heatMap = encodePng({ pixels, width: 28, height: 28, channels: 1 }, 8);
      return { heatMap, model: MODEL, score: 0.87, lowest: 0.12, regions };
    },
    classifyAll: async (images) => {
      return await Promise.all(
        images.map(async ({ bytes, ...options }) => await fake.classify(bytes, options)),
      );
    },
    classifyNumbers: async (numbers, images) => {
      fake.numbers.push([...numbers]);
      takeFailure(fake);
      const { prediction } = createOutcome({ label: 9, confidence: 0.87 });
      const { label, className, model, probabilities = [] } = prediction;
      return Array.from({ length: images }, () => ({ label, className, model, scores: probabilities }));
    },
    canClassify: () => true,
    setProgress: (id, change) => jobs.set(id, { ...jobs.get(id)!, ...change }),
    publishing: {
      size: async () => SPLIT_SIZE,
      start: async (request) => {
        takeFailure(fake);
        if (request.end > SPLIT_SIZE)
          throw new StreamInferError('BAD_REQUEST', `end: must be at most ${SPLIT_SIZE}`);
        fake.requests.push(request);
        const id = `job-${jobs.size + 1}`;
        const job: PublishJob = {
          id,
          request,
          state: 'running',
          published: 0,
          total: request.loop === true ? null : request.end - request.start,
          startedAt: new Date().toISOString(),
        };
        jobs.set(id, job);
        return job;
      },
      get: (id) => jobs.get(id),
      list: () => [...jobs.values()],
      cancel: (id) => {
        const job = jobs.get(id);
        if (job === undefined) return undefined;
        jobs.set(id, { ...job, state: 'cancelled' });
        return jobs.get(id);
      },
      publishAndWait: async (request, signal) => {
        fake.requests.push(request);
        fake.waits.push(signal);
        if (fake.stuck)
          await new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          );
        const count = request.end - request.start;
        return Array.from(
          { length: count },
          (_, at) => createOutcome({ index: at, label: at % 10, truth: at % 10 }).prediction,
        );
      },
    },
    ...overrides,
  };
  return fake;
}

/** Version 1 is active, 2 can be loaded, 3 is rejected. */
function fakeModels(fake: FakeServices): ModelsService {
  const stateOf = (version: number): ModelVersion['state'] => {
    const serving = fake.model()?.version;
    if (version === serving) return 'serving';
    if (version === 3) return 'refused';
    return version === 1 && serving === 2 ? 'standby' : 'available';
  };
  const describe = (version: number): ModelVersion => ({
    name: MODEL.name,
    version,
    state: stateOf(version),
    reason: version === 3 ? 'it is slow' : null,
    accuracy: 0.91,
    created: '2026-11-01T00:00:00.000Z',
    sha256: String(version).repeat(64),
    score: version === 3 ? { accuracy: 0.9, batchMs: 30, batchSize: 64 } : null,
  });
  const serve = (version: number): ModelVersion => {
    takeFailure(fake);
    if (version === 3)
      throw new StreamInferError('MODEL_REFUSED', 'fashion-mnist@3 is not taken: it is slow.');
    fake.model = () => ({ ...MODEL, version });
    return describe(version);
  };
  return {
    control: 'explicit',
    list: async () => [1, 2, 3].map(describe),
    details: async (version) => {
      if (![1, 2, 3].includes(version))
        throw new StreamInferError('NOT_FOUND', `there is no fashion-mnist@${version}`);
      const { history: training, baseline } = shippedManifest(Math.min(2, version));
      return { version: describe(version), training, baseline };
    },
    load: async (version = 2) => serve(version),
    unload: async () => serve(1),
    rollout: () => fake.rollout,
    startRollout: async ({ mode, share, version = 2 }) => {
      takeFailure(fake);
      return (fake.rollout = createRollout(mode, version, share));
    },
    endRollout: async () => void (fake.rollout = null),
  };
}

/** A goal that costs some throughput. */
export const LATENCY_GOAL: LatencyGoalState = {
  targetMs: 30,
  p99Ms: 21.4,
  met: true,
  state: 'met',
  batch: 12,
  workers: 2,
  ahead: 90,
  costs: {
    perImageMs: 0.1,
    fixedMs: 1,
    queueMs: 4.2,
    inferenceMs: 3.1,
    publishMs: 8.6,
    ageOnArrivalMs: 12_400,
    arrivalRate: 1040.3,
    capacity: 8_200,
    capacityWithoutGoal: 10_000,
    throughputLoss: 0.18,
  },
  reason:
    'the goal is met; batches of 12 instead of 64: about 18% less throughput at full load; messages wait in the broker for up to 12 s, which is not part of the goal',
};

/** A comparison of some images. */
export function createRollout(mode: RolloutMode, version: number, share: number): RolloutState {
  const side = (own: number, correct: number): ComparedSide => ({
    version: own,
    images: 1200,
    judged: 1000,
    correct,
    meanConfidence: 0.93,
    byClass: CLASS_NAMES.map((_, at) => 120 + at - own),
    confidence: binsOf(own),
  });
  const opinion = (own: number, label: number) => ({
    model: { ...MODEL, version: own },
    label,
    className: CLASS_NAMES[label] ?? '',
    confidence: 0.51,
  });
  const { id, source } = createOutcome({ index: 7 }).prediction;
  const disagreement: Disagreement = {
    schemaVersion: 1,
    id,
    source,
    truth: 6,
    serving: opinion(1, 0),
    shadow: opinion(version, 6),
    at: new Date().toISOString(),
  };
  const shadow = mode === 'shadow';
  return {
    mode,
    version,
    share,
    since: new Date().toISOString(),
    serving: side(1, 910),
    beside: side(version, 925),
    disagreed: shadow ? 31 : 0,
    skipped: shadow ? 64 : 0,
    failedBatches: 0,
    latest: shadow ? [disagreement] : [],
    history: historyOf(shadow),
  };
}

/** More correct with more confidence; the candidate is better calibrated. */
function binsOf(version: number): ComparedSide['confidence'] {
  const bins = createBins();
  for (let at = 0; at < 1000; at++) {
    const confidence = 1 - 0.7 * ((at * 0.618) % 1) ** 3;
    const right = (at * 0.377) % 1 < confidence - (version === 1 ? 0.08 : 0.01);
    addToBins(bins, confidence, 1, 1, right ? 1 : 0);
  }
  return readBins(bins);
}

/** Twenty slices of a minute; the candidate gets better. */
function historyOf(shadow: boolean): RolloutState['history'] {
  const start = Date.now() - 20 * 60_000;
  const counts = (correct: number, meanConfidence: number) => ({
    images: 60,
    judged: 50,
    correct,
    meanConfidence,
  });
  return Array.from({ length: 20 }, (_, at) => ({
    from: new Date(start + at * 60_000).toISOString(),
    to: new Date(start + (at + 1) * 60_000).toISOString(),
    serving: counts(45 + (at % 3), 0.93 - (at % 4) * 0.004),
    beside: counts(44 + Math.min(5, Math.floor(at / 3)), 0.92 + at * 0.002),
    disagreed: shadow ? 3 - (at % 3) : 0,
  }));
}

/** A sink that passes messages to `publish` and is always up. */
export function fakeSink(publish: (messages: readonly OutgoingMessage[]) => Promise<void>): MessageSink {
  return {
    open: async () => undefined,
    publish: async (_topic, messages) => {
      await publish(messages);
      return [];
    },
    status: () => ({ state: 'up' }),
    flush: async () => undefined,
    close: async () => undefined,
  };
}

function takeFailure(fake: FakeServices): void {
  const failure = fake.failNext;
  fake.failNext = null;
  if (failure !== null) throw failure;
}

export interface LabelledImages {
  readonly labels: Uint8Array;
  pixels(index: number): Uint8Array;
}

const FOLDER = '/usr/share/datasets/fashion-mnist';

/** Fashion-MNIST test images if Debian's package is installed; otherwise stripes, one pattern per class. */
export function readTestImages(): LabelledImages {
  if (!existsSync(`${FOLDER}/t10k-images-idx3-ubyte.gz`)) return stripedImages();
  const images = gunzipSync(readFileSync(`${FOLDER}/t10k-images-idx3-ubyte.gz`)).subarray(16);
  const labels = gunzipSync(readFileSync(`${FOLDER}/t10k-labels-idx1-ubyte.gz`)).subarray(8);
  return { labels, pixels: (index) => images.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS) };
}

function stripedImages(): LabelledImages {
  const labels = Uint8Array.from({ length: SPLIT_SIZE }, (_, at) => at % CLASS_COUNT);
  return {
    labels,
    pixels: (index) =>
      new Uint8Array(IMAGE_PIXELS).map((_, at) => (at % ((index % CLASS_COUNT) + 2) === 0 ? 220 : 0)),
  };
}
