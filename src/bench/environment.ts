import type { Config } from '../config/schema';
import type { Broker } from '../core/ports';
import type { NativeCost } from './floor';
import type { FloorTask } from './floor-child';
import type { SystemUnderTest } from './system-under-test';

/** Measurements that need a broker with a backlog. */
export interface Backlog {
  /** Creates the clients for the load. */
  readonly broker: Broker;
  /** Counts the output of the program without reading it. */
  watch(config: Config): Promise<BrokerWatch>;
  /** Consumes the backlog again and produces as many messages, with the native client only. */
  measureNative(config: Config, task: NativeTask, signal: AbortSignal): Promise<NativeCost>;
}

export interface BrokerWatch {
  /** Predictions and dead letters so far, from the broker's end offsets. */
  written(): Promise<number>;
  /** The broker processes; null if unknown or on another machine. */
  readonly pids: readonly number[] | null;
  close(): Promise<void>;
}

export type NativeTask = Pick<FloorTask, 'values' | 'count' | 'warmUp'>;

/**
 * The broker and processes of a benchmark. For each trial `prepare` creates the configured topics, `start`
 * runs the program on them and `remove` deletes them.
 */
export interface Environment {
  /**
   * Present if the broker can hold the whole load before the program starts, so that the load generator uses
   * no CPU time during the measurement. With null, the load is published while the program runs, at most
   * `window` bytes ahead of the predictions.
   */
  readonly backlog: Backlog | null;
  readonly window: number;
  prepare(config: Config): Promise<void>;
  /** Resolves when the program is ready. */
  start(config: Config, signal: AbortSignal): Promise<SystemUnderTest>;
  remove(config: Config): Promise<void>;
}
