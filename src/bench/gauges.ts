import type { Quantiles } from '../results/view';
import { quantilesOf } from './quantiles';
import { cpuBetween, markOf, ResourceMonitor, type CpuPerMessage } from './resources';
import type { MemoryUse, ResourceMark } from './resources';
import { doneBy, type SystemUnderTest } from './system-under-test';
import { totalOf, WarmUpWatch, type LoadPlan } from './warm-up';

/** CPU, memory and HTTP response times under load. */
export interface GaugeReport {
  /** After the warm-up; null if it cannot be read or the run is too short. */
  readonly cpu: CpuPerMessage | null;
  /** CPU time of the broker processes per image, µs; null if they are not on this machine. */
  readonly brokerCpu: number | null;
  /** Sum of all measured processes; null if it cannot be read. */
  readonly memory: MemoryUse | null;
  /** Response times of GET /api/v1/stats on the first process, 20 requests/s, after the warm-up, ms. */
  readonly probe: Quantiles & { readonly failures: number };
}

const POLL_MS = 250;

interface Moment {
  readonly done: number;
  readonly program: ResourceMark;
  readonly broker: ResourceMark;
}

/** Measures CPU, memory and HTTP response times while the load is processed. */
export class Gauges {
  readonly #monitor: ResourceMonitor;
  readonly #probe: HttpProbe;
  readonly #watch: WarmUpWatch;
  #warm: Moment | undefined;
  #cpu: CpuPerMessage | null = null;
  #brokerCpu: number | null = null;

  /** @param brokers the broker processes; empty if unknown */
  constructor(
    system: SystemUnderTest,
    private readonly load: LoadPlan,
    private readonly brokers: readonly number[] = [],
  ) {
    this.#watch = new WarmUpWatch(load.warmUp);
    this.#monitor = new ResourceMonitor(system.pids);
    this.#probe = new HttpProbe(`${system.urls[0] ?? ''}/api/v1/stats`);
  }

  /** To be called often. */
  onProgress(done: number): void {
    if (this.#warm !== undefined || !this.#watch.isOver(done) || done >= totalOf(this.load)) return;
    this.#warm = this.#momentOf(done);
    this.#probe.restart();
  }

  /** To be called at the end of the load. */
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

/** Counts dead letters: these images never have a prediction. */
export class DeadLetterWatch {
  count = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(system: SystemUnderTest) {
    this.#timer = setInterval(() => {
      doneBy(system).then(
        ({ deadLetters }) => (this.count = deadLetters),
        // The HTTP probe counts such failures; the next poll corrects the count.
        () => undefined,
      );
    }, POLL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Requests a URL at a fixed rate without waiting for earlier responses (open loop), and records the times, ms. */
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
      const request = this.#request().finally(() => this.#pending.delete(request));
      this.#pending.add(request);
    }, intervalMs);
  }

  /** Drops the times of the warm-up. */
  restart(): void {
    this.#times.length = 0;
  }

  async stop(): Promise<readonly number[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return this.#times;
  }

  async #request(): Promise<void> {
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
