import type { CpuPerMessage } from './resources';

/** Cost of the native add-on alone: it consumes each message and produces one of the size of a prediction. */
export interface NativeCost {
  /** CPU time of the client process per message by thread, µs; null if it cannot be read. */
  readonly client: CpuPerMessage | null;
  /** CPU time of the brokers per message, µs; null if they are not on this machine. */
  readonly broker: number | null;
  /** Rate of the client with nothing else on the machine. */
  readonly messagesPerSecond: number;
  readonly messages: number;
}

/** The minimum cost of any program on this add-on and runtime, and the rate it allows. */
export interface FloorReport extends NativeCost {
  /** CPU time of inference alone, µs per image. */
  readonly inference: number;
  readonly cores: number;
  /** `cores × 1e6 / (client + inference + broker)`: all cores busy with these three and nothing else. */
  readonly imagesPerSecond: number;
  /** Share of that rate reached by the program, end to end. */
  readonly share: number;
}

export interface FloorOptions {
  readonly native: NativeCost;
  /** CPU time per image, µs; null if it cannot be read. */
  readonly inference: number | null;
  readonly cores: number;
  /** Images/s, end to end. */
  readonly reached: number;
}

/** null if CPU times cannot be read. A broker on another machine does not use these cores. */
export function floorOf({ native, inference, cores, reached }: FloorOptions): FloorReport | null {
  if (native.client === null || inference === null) return null;
  const micros = native.client.total + inference + (native.broker ?? 0);
  const imagesPerSecond = (cores * 1e6) / micros;
  return { ...native, inference, cores, imagesPerSecond, share: reached / imagesPerSecond };
}
