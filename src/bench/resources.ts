import { readFileSync } from 'node:fs';
import { CPU_PARTS, readThreadTimes, type CpuPart, type ThreadTime, type ThreadTimes } from './threads';

const SAMPLE_MS = 250;
/** CPU time has a resolution of 10 ms, so a shorter window is useless. */
const MIN_WINDOW_MS = 500;
/** Minimum number of samples for a slope. */
const MIN_SAMPLES = 8;

/** CPU time per message by part and in total, µs. */
export type CpuPerMessage = Readonly<Record<CpuPart | 'total', number>>;

export interface MemoryUse {
  /** Bytes. */
  readonly peak: number;
  /** Growth in the second half of the run, bytes/s; null if the run is too short. */
  readonly slope: number | null;
}

/** CPU times of the measured processes at one time. */
export interface ResourceMark {
  readonly at: number;
  readonly times: ThreadTimes;
}

/** Only for processes with long-lived threads: a thread that ends is missing from the next mark. */
export function markOf(pids: readonly number[]): ResourceMark {
  return { at: performance.now(), times: readThreadTimes(pids) };
}

/** Samples memory and CPU time of processes on Linux; on other systems the results are null. */
export class ResourceMonitor {
  readonly #samples: { at: number; bytes: number }[] = [];
  /** The latest time of each thread, including ended threads. */
  readonly #times = new Map<string, ThreadTime>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pids: readonly number[]) {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#sample();
  }

  mark(): ResourceMark {
    this.#sample();
    return { at: performance.now(), times: new Map(this.#times) };
  }

  get memory(): MemoryUse | null {
    return memoryUseOf(this.#samples);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const bytes = this.pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
    if (bytes > 0) this.#samples.push({ at: performance.now(), bytes });
    for (const [thread, time] of readThreadTimes(this.pids)) this.#times.set(thread, time);
  }
}

/** null if nothing can be read or the time is too short. */
export function cpuBetween(from: ResourceMark, to: ResourceMark, messages: number): CpuPerMessage | null {
  if (to.times.size === 0 || messages <= 0 || to.at - from.at < MIN_WINDOW_MS) return null;
  const parts: Record<CpuPart | 'total', number> = { main: 0, workers: 0, librdkafka: 0, other: 0, total: 0 };
  for (const [thread, { part, ms }] of to.times) {
    parts[part] += ((ms - (from.times.get(thread)?.ms ?? 0)) * 1000) / messages;
  }
  parts.total = CPU_PARTS.reduce((sum, part) => sum + parts[part], 0);
  return parts;
}

export function memoryUseOf(samples: readonly { at: number; bytes: number }[]): MemoryUse | null {
  if (samples.length === 0) return null;
  const peak = samples.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const later = samples.slice(Math.floor(samples.length / 2));
  return { peak, slope: later.length < MIN_SAMPLES ? null : slopeOf(later) };
}

/** Slope by least squares, bytes/s. */
function slopeOf(samples: readonly { at: number; bytes: number }[]): number {
  const mean = (pick: (sample: { at: number; bytes: number }) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [at, bytes] = [mean((sample) => sample.at), mean((sample) => sample.bytes)];
  const covariance = mean((sample) => (sample.at - at) * (sample.bytes - bytes));
  const variance = mean((sample) => (sample.at - at) ** 2);
  return (covariance / variance) * 1000;
}

function residentBytes(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    // The process ended between two samples, or there is no /proc.
    return 0;
  }
}
