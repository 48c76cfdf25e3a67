import { readFileSync } from 'node:fs';
import { CPU_PARTS, readThreadTimes, type CpuPart, type ThreadTime, type ThreadTimes } from './threads';

const SAMPLE_MS = 250;
/** Processor time is counted in ticks of 10 ms: a shorter window would tell nothing. */
const LEAST_WINDOW_MS = 500;
/** Fewer samples make no slope. */
const LEAST_SAMPLES = 8;

/** Processor time a message, µs, by part and in all. */
export type CpuPerMessage = Readonly<Record<CpuPart | 'total', number>>;

export interface MemoryUse {
  /** Bytes. */
  readonly peak: number;
  /** Growth over the second half of the run, bytes/s; null for a run too short to tell. */
  readonly slope: number | null;
}

/** A moment of the measured processes. */
export interface ResourceMark {
  readonly at: number;
  readonly times: ThreadTimes;
}

/** For processes whose threads stay: those that end until the next mark are not in that any more. */
export function markOf(pids: readonly number[]): ResourceMark {
  return { at: performance.now(), times: readThreadTimes(pids) };
}

/** Samples memory and processor time of processes, on Linux. Elsewhere there is nothing to read, and the results are null. */
export class ResourceMonitor {
  readonly #samples: { at: number; bytes: number }[] = [];
  /** The latest of each thread, also of those that have ended. */
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

/** null where nothing can be read, or for too short a time. */
export function cpuBetween(from: ResourceMark, to: ResourceMark, messages: number): CpuPerMessage | null {
  if (to.times.size === 0 || messages <= 0 || to.at - from.at < LEAST_WINDOW_MS) return null;
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
  return { peak, slope: later.length < LEAST_SAMPLES ? null : slopeOf(later) };
}

/** Least squares, bytes/s. */
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
    // Ended between two samples, or a system without /proc.
    return 0;
  }
}
