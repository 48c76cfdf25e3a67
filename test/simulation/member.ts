import type { Companion } from '../../src/brokers/kafka/companion';
import { KafkaSink } from '../../src/brokers/kafka/sink';
import { KafkaSource } from '../../src/brokers/kafka/source';
import { KafkaTransactions } from '../../src/brokers/kafka/transactions';
import { Reach } from '../../src/brokers/reach';
import { StreamInferError } from '../../src/core/errors';
import type { Log, MessageSink, MessageSource, Outbox } from '../../src/core/ports';
import type { ModelIdentity, Outcome } from '../../src/core/prediction';
import { isInShare } from '../../src/core/rollout';
import { isolateFailures } from '../../src/pipeline/isolation';
import { KeyOrder } from '../../src/pipeline/key-order';
import { AtLeastOnceOutbox, type OutcomeEncoder } from '../../src/pipeline/outbox';
import { Pipeline, type PipelinePorts } from '../../src/pipeline/pipeline';
import { TransactionalOutbox } from '../../src/pipeline/transactional-outbox';
import { RecordedJournal } from '../../src/quarantine/crash-journal';
import { MemorySlots, type CrashShelf } from './crash-shelf';
import { INPUT, type Cluster, type Host } from './kafka/cluster';
import { simulatedSdk } from './kafka/sdk';
import { ATTEMPTS, Violation, type Ledger } from './ledger';
import type { Scenario } from './scenario';
import { kindOf, simulatedQuarantine, simulatedWorkers, type WorkerWeather } from './workers';

export interface MemberOptions {
  readonly name: string;
  readonly cluster: Cluster;
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  readonly weather: WorkerWeather;
  readonly shelf: CrashShelf;
  readonly trace: (text: string) => void;
  readonly onExit: (member: Member, error: StreamInferError | null) => void;
  /** A worker has ended the process. */
  readonly onDeath: (member: Member) => void;
}

/** A session of a member, ms. Short, so that it is often outlived. */
const SESSION_MS = 3_000;
/** Time for a stop, ms, as in `run`. */
const DRAIN_MS = 25_000;
const COMMON = { 'client.id': 'simulated', 'bootstrap.servers': 'simulated' };
const TOPICS = { output: 'predictions', dlq: 'images.dlq' };
/** In flight: few images with wide headers. */
const MOST_BYTES = 2 ** 19;
/** Longer than the broker accepts. */
const WIDE = ' '.repeat(400);

/** One process: the product's own parts from the source to the outbox, on a simulated broker, clock and workers. */
export class Member implements Host {
  readonly name: string;
  readonly cluster: Cluster;
  isDead = false;
  frozenUntil = 0;
  cutUntil = 0;
  readonly #slots = new MemorySlots();
  readonly #journal: RecordedJournal;
  readonly #pipeline: Pipeline;
  readonly #source: MessageSource;
  readonly #sink: MessageSink | null;
  readonly #starting = new AbortController();
  readonly #abandon = new AbortController();
  #isStopping = false;

  constructor(private readonly options: MemberOptions) {
    this.name = options.name;
    this.cluster = options.cluster;
    const { source, sink, outbox } = options.cluster.time.as(this, () => this.#createEndpoints());
    this.#source = source;
    this.#sink = sink;
    this.#journal = this.#openJournal();
    this.#pipeline = this.#createPipeline(source, outbox);
  }

  start(): void {
    const { time } = this.cluster;
    time.after(0, this, () => void this.#run());
  }

  /** SIGTERM. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.cluster.time.after(0, this, () => void this.#stop());
  }

  /** SIGKILL. */
  kill(): void {
    this.isDead = true;
    this.options.shelf.keep(this.#slots);
  }

  /** Throws when more is in flight than is allowed. */
  check(): void {
    const { messages, bytes } = this.#pipeline.inFlight;
    const { maxInFlight } = this.options.scenario;
    const { stream } = this.#pipeline.queued;
    if (messages < 0 || bytes < 0) throw new Violation(`${this.name} has released more permits than it took`);
    if (messages > maxInFlight) throw new Violation(`${this.name} has ${messages} messages in flight`);
    if (stream > messages) throw new Violation(`${this.name} holds ${stream} messages without permits`);
  }

  async #run(): Promise<void> {
    try {
      await this.#sink?.open(this.#starting.signal);
      await this.#source.open(this.#starting.signal);
      await this.#pipeline.run();
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (this.#isStopping) return;
      const failure = StreamInferError.from(error);
      this.options.trace(`${this.name}: ends with ${failure.code}: ${failure.message}`);
      // A failed pipeline settles nothing more, and its process ends.
      this.#isStopping = true;
      this.#abandon.abort();
      await this.#close();
      this.#exit(failure);
    }
  }

  async #stop(): Promise<void> {
    this.#starting.abort();
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), DRAIN_MS);
    const report = await this.#pipeline.drain(over.signal);
    clearTimeout(timer);
    this.options.trace(`${this.name}: drained, settled ${report.settled}, left ${report.left}`);
    if (report.left > 0) this.options.ledger.mayRepeat = true;
    this.#abandon.abort();
    await this.#close();
    this.#exit(null);
  }

  async #close(): Promise<void> {
    await this.#source.close();
    await this.#sink?.close();
    await this.#journal.close();
  }

  #exit(error: StreamInferError | null): void {
    this.isDead = true;
    this.options.onExit(this, error);
  }

  #createEndpoints(): { source: MessageSource; sink: MessageSink | null; outbox: Outbox } {
    const { delivery } = this.options.scenario;
    const { log } = this;
    const common = { topics: TOPICS, encode: ENCODER, log, signal: this.#abandon.signal };
    const shared = {
      ...{ sdk: simulatedSdk(this), address: 'simulated', log, reach: new Reach('Kafka', log) },
      ...{ start: async () => ({}), onClose: () => undefined },
    };
    const createSource = (companion?: Companion): KafkaSource =>
      new KafkaSource({
        ...shared,
        source: {
          ...{ topic: INPUT, group: 'simulated', from: 'earliest' },
          ...{ maxInFlight: this.options.scenario.maxInFlight, maxInFlightBytes: MOST_BYTES },
        },
        properties: {
          ...COMMON,
          ...{ 'group.id': 'simulated', 'session.timeout.ms': SESSION_MS, 'auto.commit.interval.ms': 200 },
          ...(this.options.scenario.hasStaticMembers && { 'group.instance.id': this.name }),
        },
        ...(companion && { companion }),
      });
    const producer = { ...COMMON, 'delivery.timeout.ms': 30_000 };
    if (delivery === 'at-least-once') {
      const source = createSource();
      const sink = new KafkaSink({ ...shared, properties: producer });
      return { source, sink, outbox: new AtLeastOnceOutbox({ ...common, sink, source }) };
    }
    const id = {
      'transactional.id': this.name,
      'transaction.timeout.ms': 15_000,
      'delivery.timeout.ms': 15_000,
    };
    const transactions = new KafkaTransactions({
      ...shared,
      properties: { ...producer, ...id },
      topic: INPUT,
      createSource,
    });
    return {
      source: transactions.source,
      sink: null,
      outbox: new TransactionalOutbox({ ...common, transactions }),
    };
  }

  #createPipeline(source: MessageSource, outbox: Outbox): Pipeline {
    const { scenario } = this.options;
    const keeps = scenario.delivery === 'at-least-once' && scenario.order === 'key';
    const order = keeps ? new KeyOrder(outbox) : null;
    const ports: PipelinePorts = {
      source: order?.watching(source) ?? source,
      outbox: order ?? outbox,
      ...(order && { onAbandoned: (delivery) => order.abandon(delivery) }),
      classifier: this.#workers(1),
      journal: this.#journal,
      rollout: { shadow: null, canary: scenario.canary === 0 ? null : this.#canary() },
      inspect: ({ value }) =>
        kindOf(value as Buffer) === 'not an image' ? { code: 'NOT_AN_IMAGE', message: 'it is text' } : 'raw',
      observers: [],
      log: this.log,
    };
    const { maxBatch, workers: parallelism, maxInFlight } = scenario;
    return new Pipeline(ports, {
      ...{ maxBatch, parallelism, maxInteractive: 1, maxDeliveries: Infinity },
      inFlight: { messages: maxInFlight, bytes: MOST_BYTES },
    });
  }

  #workers(version: number) {
    const { scenario, ledger, weather } = this.options;
    const model = modelOf(version);
    const kill = (): void => this.options.onDeath(this);
    const { time } = this.cluster;
    const workers = simulatedWorkers(time, weather, model, scenario.workers, ledger.losses, kill);
    return isolateFailures(workers, { attempts: ATTEMPTS, log: this.log });
  }

  #openJournal(): RecordedJournal {
    const { shelf } = this.options;
    const quarantine = simulatedQuarantine(this.cluster.time, modelOf(1));
    return new RecordedJournal({ crashes: shelf.read(), slots: this.#slots, quarantine, log: this.log });
  }

  #canary() {
    const { canary } = this.options.scenario;
    return {
      classifier: this.#workers(2),
      takes: (delivery: Parameters<typeof isInShare>[0]) => isInShare(delivery, canary),
    };
  }

  private get log(): Log {
    const { trace, ledger } = this.options;
    const at = (fields: object, message: string): void => {
      // Its drain has a bound, and the new owner repeats the rest.
      if (message.includes('revoked with unsettled')) ledger.mayRepeat = true;
      trace(`${this.name}: ${message} ${JSON.stringify(fields)}`);
    };
    return { debug: at, info: at, warn: at, error: at };
  }
}

function modelOf(version: number): ModelIdentity {
  return { name: 'simulated', version } as ModelIdentity;
}

/** The outcome as a line of text: its kind, its message, and its class or code. */
const ENCODER: OutcomeEncoder = {
  encode: (outcome) => line(outcome, kindOf(outcome.delivery.value as Buffer) === 'wide' ? WIDE : ''),
  encodeShrunk: (outcome) => line(outcome, ''),
};

function line(outcome: Outcome, filler: string) {
  const { sourceId } = outcome.delivery;
  const text =
    outcome.kind === 'prediction'
      ? `prediction ${sourceId} ${outcome.label}${filler}`
      : `dead-letter ${sourceId} ${outcome.rejection.code}${filler}`;
  return { key: null, value: Buffer.from(text), headers: [] };
}
