import type { Quantiles } from '../results/view';
import { quantilesOf } from './quantiles';
import { cpuBetween, markOf, ResourceMonitor, type CpuPerMessage } from './resources';
import type { MemoryUse, ResourceMark } from './resources';
import { doneBy, type SystemUnderTest } from './system-under-test';
import { totalOf, WarmUpWatch, type LoadPlan } from './warm-up';

/** What the work costs and what others see of the program meanwhile. */
export interface GaugeReport {
  /** After the warm-up; null where it cannot be read, or for too short a run. */
  readonly cpu: CpuPerMessage | null;
  /** The same of the broker's processes, µs an image; null where they are not on this machine. */
  readonly brokerCpu: number | null;
  /** Of all measured processes together; null where it cannot be read. */
  readonly memory: MemoryUse | null;
  /** GET /api/v1/stats of the first process, 20 a second, after the warm-up, ms. */
  readonly probe: Quantiles & { readonly failures: number };
}

const POLL_MS = 250;

interface Moment {
  readonly done: number;
  readonly program: ResourceMark;
  readonly broker: ResourceMark;
}

/** What is measured while the load is worked on. */
export class Gauges {
  readonly #monitor: ResourceMonitor;
  readonly #probe: HttpProbe;
  readonly #watch: WarmUpWatch;
  #warm: Moment | undefined;
  #cpu: CpuPerMessage | null = null;
  #brokerCpu: number | null = null;

  /** @param brokers the broker's processes; none where they are not known */
  constructor(
    system: SystemUnderTest,
    private readonly load: LoadPlan,
    private readonly brokers: readonly number[] = [],
  ) {
    this.#watch = new WarmUpWatch(load.warmUp);
    this.#monitor = new ResourceMonitor(system.pids);
    this.#probe = new HttpProbe(`${system.urls[0] ?? ''}/api/v1/stats`);
  }

  /** Told often. */
  onProgress(done: number): void {
    if (this.#warm !== undefined || !this.#watch.isOver(done) || done >= totalOf(this.load)) return;
    this.#warm = this.#momentOf(done);
    this.#probe.restart();
  }

  /** The load is done. */
  async stop(done: number): Promise<void> {
    if (this.#warm) this.#compare(this.#warm, this.#momentOf(done));
    this.#monitor.close();
    await this.#probe.stop();
  }

  async report(): Promise<GaugeReport> {
    const times = await this.#probe.stop();
    return {
      cpu: this.#cpu,
      brokerCpu: this.#brokerCpu,
      memory: this.#monitor.memory,
      probe: { ...quantilesOf(times), failures: this.#probe.failures },
    };
  }

  #momentOf(done: number): Moment {
    return { done, program: this.#monitor.mark(), broker: markOf(this.brokers) };
  }

  #compare(from: Moment, to: Moment): void {
    const images = to.done - from.done;
    this.#cpu = cpuBetween(from.program, to.program, images);
    this.#brokerCpu = cpuBetween(from.broker, to.broker, images)?.total ?? null;
  }
}

/** How many images have become dead letters: no prediction will come for them. */
export class DeadLetterWatch {
  count = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(system: SystemUnderTest) {
    this.#timer = setInterval(() => {
      doneBy(system).then(
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

/** Asks a URL at a fixed rate, whether or not earlier answers have come (open loop), and keeps the times in order, ms. */
class HttpProbe {
  readonly #times: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  failures = 0;

  constructor(
    private readonly url: string,
    intervalMs = 50,
  ) {
    this.#timer = setInterval(() => {
      const asked = this.#ask().finally(() => this.#pending.delete(asked));
      this.#pending.add(asked);
    }, intervalMs);
  }

  /** Forgets the times so far: they were of the warm-up. */
  restart(): void {
    this.#times.length = 0;
  }

  async stop(): Promise<readonly number[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return this.#times;
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now();
    try {
      const response = await fetch(this.url, { signal: AbortSignal.timeout(10_000) });
      await response.arrayBuffer();
      if (!response.ok) this.failures++;
      this.#times.push(performance.now() - startedAt);
    } catch {
      this.failures++;
    }
  }
}
