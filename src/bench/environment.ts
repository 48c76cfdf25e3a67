import type { Config } from '../config/schema';
import type { Broker } from '../core/ports';
import type { NativeCost } from './floor';
import type { FloorTask } from './floor-child';
import type { SystemUnderTest } from './system-under-test';

/** What a broker with a backlog can be asked besides. */
export interface Backlog {
  /** Clients for the load. */
  readonly broker: Broker;
  /** Watches what the program writes, without reading it. */
  watch(config: Config): Promise<BrokerWatch>;
  /** Consumes the backlog once more and produces as much, with nothing but the native client. */
  measureNative(config: Config, task: NativeTask, signal: AbortSignal): Promise<NativeCost>;
}

export interface BrokerWatch {
  /** Predictions and dead letters so far, by the broker's own count. */
  written(): Promise<number>;
  /** The broker's processes; null where they are not on this machine or not known. */
  readonly pids: readonly number[] | null;
  close(): Promise<void>;
}

export type NativeTask = Pick<FloorTask, 'values' | 'count' | 'warmUp'>;

/**
 * Where a bench runs. One trial after the other: `prepare` makes what the configuration names, `start` runs the program
 * on it, `remove` takes everything away again.
 */
export interface Environment {
  /**
   * Where the broker takes a load of any size before the program runs (a backlog): whoever makes the load then does not
   * take processor time from who is measured. null: the load has to flow while the program runs, so many images ahead of
   * the predictions as `window` bytes hold.
   */
  readonly backlog: Backlog | null;
  readonly window: number;
  prepare(config: Config): Promise<void>;
  /** Resolves when it is ready. */
  start(config: Config, signal: AbortSignal): Promise<SystemUnderTest>;
  remove(config: Config): Promise<void>;
}
