import type { Quantiles } from '../../results/view';
import { HttpProbe } from './http-probe';
import { quantilesOf } from './quantiles';
import { cpuBetween, ResourceMonitor, type CpuPerMessage } from './resources';
import type { MemoryUse, ResourceMark } from './resources';
import { doneBy, type Subject } from './subject';

/** What the work costs and what others see of the program meanwhile. */
export interface GaugeReport {
  /** Without the first tenth; null where it cannot be read, or for too short a run. */
  readonly cpu: CpuPerMessage | null;
  /** Of all measured processes together; null where it cannot be read. */
  readonly memory: MemoryUse | null;
  /** GET /api/v1/stats of the first process, 20 a second, first tenth cut off, ms. */
  readonly probe: Quantiles & { readonly failures: number };
}

const POLL_MS = 250;

/** What is measured while the load is worked on. */
export class Gauges {
  readonly #monitor: ResourceMonitor;
  readonly #probe: HttpProbe;
  #warm: { mark: ResourceMark; done: number } | undefined;
  #cpu: CpuPerMessage | null = null;

  constructor(
    subject: Subject,
    private readonly count: number,
  ) {
    this.#monitor = new ResourceMonitor(subject.pids);
    this.#probe = new HttpProbe(`${subject.urls[0] ?? ''}/api/v1/stats`);
  }

  /** Told often; the first tenth is the warm-up. */
  onProgress(done: number): void {
    if (this.#warm === undefined && done >= this.count / 10 && done < this.count)
      this.#warm = { mark: this.#monitor.mark(), done };
  }

  /** The load is done. */
  async stop(done: number): Promise<void> {
    if (this.#warm) this.#cpu = cpuBetween(this.#warm.mark, this.#monitor.mark(), done - this.#warm.done);
    this.#monitor.close();
    await this.#probe.stop();
  }

  async report(): Promise<GaugeReport> {
    const times = await this.#probe.stop();
    return {
      cpu: this.#cpu,
      memory: this.#monitor.memory,
      probe: {
        ...quantilesOf(times.slice(Math.floor(times.length / 10))),
        failures: this.#probe.failures,
      },
    };
  }
}

/** How many images have become dead letters: no prediction will come for them. */
export class DeadLetterWatch {
  count = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(subject: Subject) {
    this.#timer = setInterval(() => {
      doneBy(subject).then(
        ({ deadLetters }) => (this.count = deadLetters),
        // The HTTP probe counts such failures; here the next answer will do.
        () => undefined,
      );
    }, POLL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
