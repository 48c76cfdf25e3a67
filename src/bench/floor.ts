import type { CpuPerMessage } from './resources';

/** What the add-on alone needs for the messages of a run: consume each, and produce one of the size of a prediction. */
export interface NativeCost {
  /** Processor time a message of the process that does it, µs, by thread; null where it cannot be read. */
  readonly client: CpuPerMessage | null;
  /** Processor time a message of the brokers meanwhile, µs; null when they are not on this machine. */
  readonly broker: number | null;
  /** With nothing else on the machine. */
  readonly messagesPerSecond: number;
  readonly messages: number;
}

/** What no program on this add-on and runtime can do without, and what that leaves room for. */
export interface FloorReport extends NativeCost {
  /** Of bare inference, µs an image. */
  readonly inference: number;
  readonly cores: number;
  /** `cores × 1e6 / (client + inference + broker)`: all cores busy with these three and nothing else. */
  readonly imagesPerSecond: number;
  /** What the program reaches of that, from end to end. */
  readonly share: number;
}

export interface FloorParts {
  readonly native: NativeCost;
  /** µs an image; null where it cannot be read. */
  readonly inference: number | null;
  readonly cores: number;
  /** Images/s from end to end. */
  readonly reached: number;
}

/** null where processor times cannot be read. A broker on another machine takes nothing from these cores. */
export function floorOf({ native, inference, cores, reached }: FloorParts): FloorReport | null {
  if (native.client === null || inference === null) return null;
  const micros = native.client.total + inference + (native.broker ?? 0);
  const imagesPerSecond = (cores * 1e6) / micros;
  return { ...native, inference, cores, imagesPerSecond, share: reached / imagesPerSecond };
}
