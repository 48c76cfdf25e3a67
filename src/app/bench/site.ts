import type { Config } from '../../config/schema';
import type { Broker } from '../../core/ports';
import type { Subject } from './subject';

/**
 * Where a bench runs. One trial after the other: `prepare` makes what the configuration names, `start` runs the program
 * on it, `remove` takes everything away again.
 */
export interface Site {
  /**
   * Clients to the broker, where it takes a load of any size before the program runs (a backlog): whoever makes the load
   * then does not take processor time from who is measured. null: the load has to flow while the program runs, so many
   * images ahead of the predictions as `window` bytes hold.
   */
  readonly backlog: Broker | null;
  readonly window: number;
  prepare(config: Config): Promise<void>;
  /** Resolves when it is ready. */
  start(config: Config, signal: AbortSignal): Promise<Subject>;
  remove(config: Config): Promise<void>;
}
