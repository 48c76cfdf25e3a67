import type { ProcessOptions } from '../composition/context';
import type { HostedServer } from '../composition/membership';
import { serveGrpc } from '../composition/serve-grpc';
import { livesInProcess } from '../config/broker';
import { pushedHosts } from '../config/pubsub';
import type { ServedModel } from '../config/served-models';
import { Deferred } from '../core/async/deferred';
import { StreamInferError } from '../core/errors';
import type { Broker, Log, OutcomeObserver } from '../core/ports';
import type { HttpServices } from '../http/services';
import { commonServices, type NamedServices } from '../http/several/common-services';
import { startModelServer, type ModelServer } from '../http/several/server';
import type { DrainReport } from '../pipeline/pipeline';
import { Processor } from '../processor/processor';
import { connect } from '../setup/connect';
import { Releasers } from '../setup/releasers';
import { withOwnFiles } from './own-files';
import { selectByHeader } from './selecting-source';

export interface ModelGroupOptions extends ProcessOptions {
  readonly served: readonly ServedModel[];
  /** Of each model; Infinity if absent. */
  readonly maxDeliveries?: number;
  readonly observers?: readonly OutcomeObserver[];
  /** Used by all models instead of configured ones; stays open. */
  readonly broker?: Broker;
}

/** Time for running requests at the end, ms. */
const CLOSE_MS = 2_000;

/**
 * Several models in one process: a processor for each, with its own source, workers, outbox, results and versions. They
 * share the server, and the broker where that lives in this process. No model waits for another one.
 */
export class ModelGroup {
  readonly #releasers: Releasers;
  readonly #hosted = new Map<string, HttpServices>();
  readonly #listening = new Deferred<ModelServer | null>();
  /** Aborted when one of them cannot start: the others must not wait on. */
  readonly #failed = new AbortController();
  #processors: readonly Processor[] = [];
  #url: string | null = null;

  constructor(private readonly options: ModelGroupOptions) {
    this.#releasers = new Releasers(options.log);
  }

  /** Starts all of them at once. Rejects with the first error; `close` then ends the others. */
  async start(): Promise<void> {
    const { config, instanceId, log } = this.options;
    const own =
      this.options.broker === undefined && livesInProcess(config)
        ? await connect(config, instanceId, log)
        : undefined;
    this.#releasers.add('broker', () => own?.close());
    const broker = this.options.broker ?? own;
    this.#processors = this.options.served.map((model, at) => this.#create(model, at, broker));
    let first: unknown;
    const starts = this.#processors.map(async (processor) => {
      try {
        await processor.start();
      } catch (error) {
        first ??= error;
        this.#failed.abort();
        this.#listening.reject(new StreamInferError('ABORTED', 'another model could not start'));
      }
    });
    await Promise.all(starts);
    if (first !== undefined) throw StreamInferError.from(first);
  }

  /** Resolves when all have reached their limits, or an operator asks one of them for a drain. */
  async run(): Promise<void> {
    const drains = this.#processors.map(({ drainAsked }) => drainAsked.promise);
    await Promise.race([Promise.all(this.#processors.map((processor) => processor.run())), ...drains]);
  }

  async drain(signal: AbortSignal): Promise<DrainReport> {
    const reports = await Promise.all(this.#processors.map((processor) => processor.drain(signal)));
    const sum = (of: (report: DrainReport) => number): number =>
      reports.reduce((all, one) => all + of(one), 0);
    const returned = sum((report) => report.returned ?? 0);
    return {
      settled: sum(({ settled }) => settled),
      left: sum(({ left }) => left),
      ...(returned > 0 && { returned }),
    };
  }

  async close(): Promise<void> {
    this.#failed.abort();
    this.#listening.reject(new StreamInferError('ABORTED', 'stopped while starting'));
    await Promise.allSettled(this.#processors.map((processor) => processor.close()));
    await this.#releasers.releaseAll();
  }

  /** Of the page and the API; null without HTTP. */
  get url(): string | null {
    return this.#url;
  }

  /** Of the model that received a message last. */
  get idleMs(): number {
    return Math.min(...this.#processors.map(({ idleMs }) => idleMs));
  }

  #create({ name, config, sharing }: ServedModel, at: number, broker: Broker | undefined): Processor {
    const { served: _served, onListening: _onListening, ...common } = this.options;
    const isFirst = at === 0;
    return new Processor({
      ...common,
      config: withOwnFiles(config, name, isFirst),
      // Names at the broker are fenced; those of the first are kept from a process with this model alone.
      instanceId: isFirst ? common.instanceId : `${common.instanceId}-${name}`,
      log: withModel(common.log, name),
      signal: AbortSignal.any([common.signal, this.#failed.signal]),
      broker,
      member: {
        model: name,
        reportsProcess: isFirst,
        ...(sharing !== null && { selection: selectByHeader(name, sharing) }),
        host: (services) => this.#host(name, services),
      },
    });
  }

  /** The server starts with the last of them, as each request must find its model. */
  async #host(name: string, services: HttpServices): Promise<HostedServer> {
    const names = this.options.served.map((one) => one.name);
    this.#hosted.set(name, { ...services, served: names });
    if (this.#hosted.size === names.length)
      this.#listen(names).then(this.#listening.resolve, this.#listening.reject);
    const server = await this.#listening.promise;
    return { url: server?.url ?? null, liveFeed: server?.liveFeedOf(name) ?? NO_CLIENTS };
  }

  async #listen(names: readonly string[]): Promise<ModelServer | null> {
    const models = names.map((name): NamedServices => ({
      name,
      services: this.#hosted.get(name) as HttpServices,
    }));
    const { config, log, onListening } = this.options;
    const { host, port, token } = config.http;
    const allowedHosts = [...config.http.allowedHosts, ...pushedHosts(config)];
    const common = { host, log, ...(token && { token }) };
    let server: ModelServer | null = null;
    if (config.http.enabled) {
      const started = await startModelServer({ ...common, port, allowedHosts }, models);
      this.#releasers.add('HTTP server', () => started.close(CLOSE_MS));
      this.#url = started.url;
      onListening?.(started.url);
      server = started;
    }
    const named = (model: string): HttpServices | undefined => this.#hosted.get(model);
    await serveGrpc({ config, log, releasers: this.#releasers }, { services: commonServices(models), named });
    return server;
  }
}

const NO_CLIENTS = { clients: 0, skipped: 0 };

/** The same log, with the model in each line. */
function withModel(log: Log, servedModel: string): Log {
  return {
    debug: (fields, message) => log.debug({ servedModel, ...fields }, message),
    info: (fields, message) => log.info({ servedModel, ...fields }, message),
    warn: (fields, message) => log.warn({ servedModel, ...fields }, message),
    error: (fields, message) => log.error({ servedModel, ...fields }, message),
  };
}
