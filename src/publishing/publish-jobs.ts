import { randomUUID } from 'node:crypto';
import { waitAtMost } from '../core/async/timeout';
import { deadline } from '../core/async/deadline';
import { StreamInferError, messageOf } from '../core/errors';
import { BROKER_KINDS, type BrokerKind } from '../core/message';
import type { Prediction } from '../core/prediction';
import { loadDemoImages, loadFashionMnist } from '../dataset/fashion-mnist';
import type { ImageSet } from '../dataset/image-set';
import type { PublishJob, PublishJobs, PublishRequest } from '../http/services';
import {
  JOB_HEADER,
  PredictionReader,
  type AwaitedPredictions,
  type OpenSource,
} from './awaited-predictions';
import { PREDICTION_READER_LIMITS } from '../setup/prediction-reader';
import { assertRange, publishImages } from './image-publisher';
import {
  brokerOf,
  openPublisher,
  type PublishConnection,
  type PublishConnectionOptions,
} from './publish-connection';

/** Jobs and requests that wait for predictions; each has a connection to a broker. */
const MOST_RUNNING = 16;
const MOST_REMEMBERED = 100;
/** Total time of a request that waits for its predictions, ms. */
const WAIT_TIMEOUT_MS = 5 * 60_000;
/** Time to finish publishing at shutdown, ms. */
const CLOSE_TIMEOUT_MS = 5_000;

export type PublishJobsOptions = PublishConnectionOptions;

interface RunningJob {
  job: PublishJob;
  readonly stop: AbortController;
}

/** Publishes test images on request, in the background, with progress. */
export function createPublishJobs(options: PublishJobsOptions): PublishJobs & { close(): Promise<void> } {
  return new Jobs(options);
}

class Jobs implements PublishJobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #images = new Map<string, Promise<ImageSet>>();
  readonly #readers: ReadonlyMap<BrokerKind, PredictionReader>;
  /** Permits of running and starting jobs. */
  #taken = 0;
  readonly #working = new Set<Promise<void>>();
  #closed = false;

  constructor(private readonly options: PublishJobsOptions) {
    this.#readers = new Map(
      BROKER_KINDS.map((kind) => [kind, new PredictionReader(() => this.#openReader(kind), options.log)]),
    );
  }

  async size(split: 'test' | 'train'): Promise<number> {
    return (await this.#load(split)).size;
  }

  async start(request: PublishRequest): Promise<PublishJob> {
    const releasePermit = this.#acquirePermit();
    try {
      const images = await this.#load(request.split);
      assertRange(request.start, request.end, images.size, request.split);
      const connection = await openPublisher(this.options, request.broker);
      const running: RunningJob = {
        job: {
          id: randomUUID(),
          request,
          state: 'running',
          published: 0,
          total: request.loop ? null : request.end - request.start,
          startedAt: new Date().toISOString(),
        },
        stop: new AbortController(),
      };
      this.#remember(running);
      // `close` ran while this job was connecting.
      if (this.#closed) this.cancel(running.job.id);
      this.#releaseAfter(this.#publish(running, images, connection), releasePermit);
      return running.job;
    } catch (error) {
      releasePermit();
      throw error;
    }
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
    const releasePermit = this.#acquirePermit();
    const until = deadline(WAIT_TIMEOUT_MS, signal);
    const stop = new AbortController();
    const tag = randomUUID();
    let predictions: AwaitedPredictions | undefined;
    let published: Promise<void> = Promise.resolve();
    try {
      const images = await this.#load(request.split);
      assertRange(request.start, request.end, images.size, request.split);
      predictions = await this.#readerOf(request.broker).await(tag, request.end - request.start, until);
      published = this.#publishTagged(request, images, tag, stop.signal);
      await Promise.race([published, predictions.all()]);
      return inOrder(request, images, await predictions.all());
    } finally {
      predictions?.end();
      stop.abort();
      // An unresponsive broker blocks the permit, but not the caller.
      this.#releaseAfter(published, releasePermit);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#jobs.keys()) this.cancel(id);
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    await waitAtMost(Promise.all(this.#working), CLOSE_TIMEOUT_MS);
  }

  async #publish(running: RunningJob, images: ImageSet, connection: PublishConnection): Promise<void> {
    const update = (change: Partial<PublishJob>) => (running.job = { ...running.job, ...change });
    try {
      await publishImages({
        ...this.#publication(running.job.request, images, connection, running.stop.signal),
        onProgress: (published) => update({ published }),
      });
      if (running.job.state === 'running') update({ state: 'done' });
    } catch (error) {
      update({ state: 'failed', error: messageOf(error) });
      this.options.log.warn({ job: running.job.id, error: messageOf(error) }, 'publish job failed');
    } finally {
      await this.#close(connection);
    }
  }

  async #publishTagged(
    request: PublishRequest,
    images: ImageSet,
    tag: string,
    signal: AbortSignal,
  ): Promise<void> {
    const connection = await openPublisher(this.options, request.broker);
    try {
      const publication = this.#publication(request, images, connection, signal);
      await publishImages({ ...publication, headers: [[JOB_HEADER, tag]] });
    } finally {
      await this.#close(connection);
    }
  }

  async #close(connection: PublishConnection): Promise<void> {
    await connection
      .close()
      .catch((error: unknown) =>
        this.options.log.warn({ error: messageOf(error) }, 'closing a publisher failed'),
      );
  }

  #publication(request: PublishRequest, images: ImageSet, { sink }: PublishConnection, signal: AbortSignal) {
    const { start, end, rate, loop, shuffle } = request;
    return {
      sink,
      topic: this.options.config.input.topic,
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

  #readerOf(kind: BrokerKind): PredictionReader {
    return this.#readers.get(kind) as PredictionReader;
  }

  async #openReader(kind: BrokerKind): Promise<OpenSource> {
    const { broker, close } = await brokerOf(this.options, kind);
    const topic = this.options.config.output.topic;
    return {
      source: broker.createSource({ topic, group: null, from: 'latest', ...PREDICTION_READER_LIMITS }),
      close,
    };
  }

  #load(split: 'test' | 'train'): Promise<ImageSet> {
    const known = this.#images.get(split);
    if (known) return known;
    const { dataDir } = this.options.config;
    const options = dataDir === undefined ? {} : { dataDir };
    // Some test images are bundled; the training images must have been downloaded.
    const loading =
      split === 'test' ? loadDemoImages(options) : loadFashionMnist('train', { ...options, download: false });
    this.#images.set(split, loading);
    loading.catch(() => this.#images.delete(split));
    return loading;
  }

  /** Called before any await, so that concurrent requests cannot exceed the limit. Returns the function that releases the permit. */
  #acquirePermit(): () => void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'the process is stopping');
    if (this.#taken >= MOST_RUNNING) {
      throw new StreamInferError('OVERLOADED', `${this.#taken} publish jobs are running; cancel one or wait`);
    }
    this.#taken++;
    return () => void this.#taken--;
  }

  /** Releases the permit when the work ends, successfully or not. */
  #releaseAfter(work: Promise<void>, releasePermit: () => void): void {
    const over = work
      .catch(() => undefined)
      .then(() => {
        releasePermit();
        this.#working.delete(over);
      });
    this.#working.add(over);
  }

  #remember(running: RunningJob): void {
    this.#jobs.set(running.job.id, running);
    for (const [id, { job }] of this.#jobs) {
      if (this.#jobs.size <= MOST_REMEMBERED) return;
      if (job.state !== 'running') this.#jobs.delete(id);
    }
  }
}

function inOrder(
  { start, end }: PublishRequest,
  images: ImageSet,
  byIndex: ReadonlyMap<number, Prediction>,
): Prediction[] {
  return Array.from({ length: end - start }, (_, i) => {
    const position = start + i;
    return byIndex.get(images.indices?.[position] ?? position) as Prediction;
  });
}
