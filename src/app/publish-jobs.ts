import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema';
import { decodePrediction } from '../codec/decode-prediction';
import { deadline } from '../core/deadline';
import { StreamInferError, isStreamInferError, messageOf } from '../core/errors';
import { headerText, type BrokerKind } from '../core/message';
import type { Broker, Log, MessageSource } from '../core/ports';
import type { Prediction } from '../core/prediction';
import { loadDemoImages, loadFashionMnist } from '../dataset/fashion-mnist';
import type { ImageSet } from '../dataset/image-set';
import type { PublishJob, PublishJobs, PublishRequest } from '../http/services';
import { PREDICTION_READER_LIMITS } from './prediction-reader';
import { assertRange, publishImages } from './image-publisher';
import { connect } from './connect';
import type { Tracing } from './tracing/tracing';

const MOST_RUNNING = 16;
const MOST_REMEMBERED = 100;
/** How long another broker than the running one may take to answer, ms. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Travels on to the prediction, and so ties it to the image that was published. */
const JOB_HEADER = 'publish-job';

export interface PublishJobsParts {
  readonly config: Config;
  /** The broker that this process reads from; publishing to another one connects to it for the job. */
  readonly broker: Broker;
  readonly instanceId: string;
  readonly tracing: Tracing;
  readonly log: Log;
}

interface RunningJob {
  job: PublishJob;
  readonly stop: AbortController;
  done: Promise<void>;
}

/** Publishes test images on request, in the background, with progress. */
export function createPublishJobs(parts: PublishJobsParts): PublishJobs & { close(): Promise<void> } {
  return new Jobs(parts);
}

class Jobs implements PublishJobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #images = new Map<string, Promise<ImageSet>>();
  #closed = false;

  constructor(private readonly parts: PublishJobsParts) {}

  async size(split: 'test' | 'train'): Promise<number> {
    return (await this.#load(split)).size;
  }

  async start(request: PublishRequest): Promise<PublishJob> {
    const images = await this.#load(request.split);
    assertRange(request.start, request.end, images.size, request.split);
    this.#assertRoom();
    const connection = await this.#connect(request.broker);
    const stop = new AbortController();
    const running: RunningJob = {
      job: {
        id: randomUUID(),
        request,
        state: 'running',
        published: 0,
        total: request.loop ? null : request.end - request.start,
        startedAt: new Date().toISOString(),
      },
      stop,
      done: Promise.resolve(),
    };
    this.#remember(running);
    running.done = this.#publish(running, images, connection);
    return running.job;
  }

  get(id: string): PublishJob | undefined {
    return this.#jobs.get(id)?.job;
  }

  list(): readonly PublishJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).reverse();
  }

  cancel(id: string): PublishJob | undefined {
    const running = this.#jobs.get(id);
    if (running?.job.state === 'running') {
      running.job = { ...running.job, state: 'cancelled' };
      running.stop.abort();
    }
    return running?.job;
  }

  async publishAndWait(request: PublishRequest, signal: AbortSignal): Promise<readonly Prediction[]> {
    const images = await this.#load(request.split);
    assertRange(request.start, request.end, images.size, request.split);
    const connection = await this.#connect(request.broker);
    const source = connection.broker.createSource({
      topic: this.parts.config.output.topic,
      group: null,
      from: 'latest',
      ...PREDICTION_READER_LIMITS,
    });
    const tag = randomUUID();
    try {
      await source.open(signal);
      await publishImages({
        ...this.#publication(request, images, connection, signal),
        headers: [[JOB_HEADER, tag]],
      });
      return await collectPredictions(source, tag, request, images, signal);
    } finally {
      await source.close();
      await connection.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#jobs.keys()) this.cancel(id);
    await Promise.all([...this.#jobs.values()].map(({ done }) => done));
  }

  async #publish(running: RunningJob, images: ImageSet, connection: Connection): Promise<void> {
    const update = (change: Partial<PublishJob>) => (running.job = { ...running.job, ...change });
    try {
      await publishImages({
        ...this.#publication(running.job.request, images, connection, running.stop.signal),
        onProgress: (published) => update({ published }),
      });
      if (running.job.state === 'running') update({ state: 'done' });
    } catch (error) {
      update({ state: 'failed', error: messageOf(error) });
      this.parts.log.warn({ job: running.job.id, error: messageOf(error) }, 'publish job failed');
    } finally {
      await connection
        .close()
        .catch((error: unknown) =>
          this.parts.log.warn({ error: messageOf(error) }, 'closing a publisher failed'),
        );
    }
  }

  #publication(request: PublishRequest, images: ImageSet, { sink }: Connection, signal: AbortSignal) {
    const { start, end, rate, loop, shuffle } = request;
    return {
      sink,
      topic: this.parts.config.input.topic,
      images,
      start,
      end,
      rate,
      loop,
      shuffle,
      withTruth: true,
      signal,
    };
  }

  async #connect(kind: BrokerKind): Promise<Connection> {
    const { config, broker: own, instanceId, tracing, log } = this.parts;
    const broker = kind === config.broker ? own : await connect(config, `${instanceId}-publish`, log, kind);
    const sink = tracing.publisher(broker.createSink(), kind);
    const close = async () => {
      await sink.close();
      if (broker !== own) await broker.close();
    };
    try {
      await sink.open(deadline(CONNECT_TIMEOUT_MS));
    } catch (error) {
      const reason = sink.status().reason ?? messageOf(error);
      await close();
      if (isStreamInferError(error) && error.code !== 'ABORTED') throw error;
      const remedy = 'check the address and that it is running';
      throw new StreamInferError('BROKER_UNREACHABLE', `${kind} does not answer (${reason}); ${remedy}`, {
        cause: error,
      });
    }
    return { broker, sink, close };
  }

  #load(split: 'test' | 'train'): Promise<ImageSet> {
    const known = this.#images.get(split);
    if (known) return known;
    const { dataDir } = this.parts.config;
    const options = dataDir === undefined ? {} : { dataDir };
    // The test images are in the package in part; the training images have to be there or be downloaded.
    const loading =
      split === 'test' ? loadDemoImages(options) : loadFashionMnist('train', { ...options, download: false });
    this.#images.set(split, loading);
    loading.catch(() => this.#images.delete(split));
    return loading;
  }

  #assertRoom(): void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'the process is stopping');
    const running = [...this.#jobs.values()].filter(({ job }) => job.state === 'running').length;
    if (running >= MOST_RUNNING) {
      throw new StreamInferError('OVERLOADED', `${running} publish jobs are running; cancel one or wait`);
    }
  }

  #remember(running: RunningJob): void {
    this.#jobs.set(running.job.id, running);
    for (const [id, { job }] of this.#jobs) {
      if (this.#jobs.size <= MOST_REMEMBERED) return;
      if (job.state !== 'running') this.#jobs.delete(id);
    }
  }
}

interface Connection {
  readonly broker: Broker;
  readonly sink: Awaited<ReturnType<Broker['createSink']>>;
  close(): Promise<void>;
}

/** Reads predictions until each published image has its own; duplicates of a repeated publish are dropped. */
async function collectPredictions(
  source: MessageSource,
  tag: string,
  { start, end }: PublishRequest,
  images: ImageSet,
  signal: AbortSignal,
): Promise<Prediction[]> {
  const byIndex = new Map<number, Prediction>();
  while (byIndex.size < end - start) {
    if (signal.aborted) {
      throw new StreamInferError(
        'TIMEOUT',
        `only ${byIndex.size} of ${end - start} predictions came in time`,
      );
    }
    for (const delivery of await source.receive(512, signal)) {
      if (headerText(delivery.headers, JOB_HEADER) !== tag) continue;
      const index = Number(headerText(delivery.headers, 'index'));
      const decoded = decodePrediction(delivery.value);
      if ('value' in decoded) byIndex.set(index, decoded.value);
    }
  }
  return Array.from({ length: end - start }, (_, i) => {
    const position = start + i;
    return byIndex.get(images.indices?.[position] ?? position) as Prediction;
  });
}
