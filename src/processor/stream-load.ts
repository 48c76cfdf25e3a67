import type { Log, MessageSource, PartitionLag } from '../core/ports';
import type { Load } from '../core/scale';
import { watchLag } from '../telemetry/lag-watch';
import { LoadMeter, type LoadNow } from '../telemetry/load-meter';
import { BrokerBacklog } from './broker-backlog';

/** Lag of the input, sampled once a second, and the rates and the backlog that follow from it. */
export class StreamLoad {
  readonly #meter = new LoadMeter();
  readonly #backlog = new BrokerBacklog();
  #lag: readonly PartitionLag[] = [];

  get lag(): readonly PartitionLag[] {
    return this.#lag;
  }

  /** Messages per second; null if unknown. */
  get arrivalRate(): number | null {
    return this.#meter.arrivalRate;
  }

  /** Messages waiting in the broker; null if unknown. */
  backlog(): number | null {
    return this.#backlog.read(performance.now());
  }

  read(now: LoadNow): Load {
    return this.#meter.read(now);
  }

  /** Returns the function that stops it. */
  watch(
    source: Pick<MessageSource, 'lag'>,
    log: Log,
    counts: () => { readonly inFlight: number; readonly outcomes: number },
  ): () => void {
    return watchLag(source, log, (lag) => {
      const { inFlight, outcomes } = counts();
      this.#lag = lag;
      this.#backlog.update(lag, inFlight, performance.now());
      this.#meter.add({ at: performance.now(), outcomes, lag });
    });
  }
}
