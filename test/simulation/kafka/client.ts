import { EventEmitter } from 'node:events';
import { INPUT, type Host } from './cluster';
import { ERRORS, type NativeError } from './errors';
import type { Connection } from './network';

type Done<T> = (error: NativeError | null, result?: T) => void;

/** Between two statistics, ms. */
const STATISTICS_MS = 1_000;

/** What the consumers and producers of the simulated add-on have in common. */
export abstract class SimulatedClient extends EventEmitter {
  protected readonly connection: Connection;
  protected isConnected = false;
  #cancelStatistics: () => void = () => undefined;

  constructor(
    protected readonly host: Host,
    protected readonly properties: Readonly<Record<string, string>>,
  ) {
    super();
    this.connection = host.cluster.network.connect(host, () =>
      this.emit('event.log', { message: '[thrd:simulated]: connection closed, request repeated' }),
    );
  }

  connect({ timeout }: { timeout: number }, done: Done<object>): void {
    this.call(
      timeout,
      () => undefined,
      (error) => {
        if (error !== null) {
          this.connection.close();
          return done(ERRORS.transport);
        }
        this.isConnected = true;
        this.#repeatStatistics();
        done(null, this.#metadata());
      },
    );
  }

  getMetadata({ timeout }: { timeout: number }, done: Done<object>): void {
    this.call(timeout, () => this.#metadata(), done);
  }

  protected get time() {
    return this.host.cluster.time;
  }

  protected close(): void {
    this.isConnected = false;
    this.#cancelStatistics();
    this.connection.close();
  }

  /** Answers within `timeout` ms; a request without an answer by then may still take effect. */
  protected call<T>(timeout: number, apply: () => T, done: Done<T>, mayBeLate = false): void {
    let isOver = false;
    const cancel = this.time.after(timeout, this.host, () => {
      isOver = true;
      done(ERRORS.timedOut);
    });
    this.connection.request(
      apply,
      (result) => {
        if (isOver) return;
        cancel();
        done(null, result);
      },
      mayBeLate,
    );
  }

  protected abstract statistics(): object;

  #metadata(): object {
    const partitions = this.host.cluster.partitions.map((_, id) => ({ id }));
    return { topics: [{ name: INPUT, partitions }] };
  }

  #repeatStatistics(): void {
    this.#cancelStatistics = this.time.after(STATISTICS_MS, this.host, () => {
      const state = this.connection.isUp ? 'UP' : 'DOWN';
      const brokers = { simulated: { nodeid: 1, state, rx: this.time.now, waitresp_cnt: 0 } };
      this.emit('event.stats', { message: JSON.stringify({ brokers, ...this.statistics() }) });
      this.#repeatStatistics();
    });
  }
}
