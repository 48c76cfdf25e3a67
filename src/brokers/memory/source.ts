import { setImmediate as nextTurn } from 'node:timers/promises';

import { StreamInferError } from '../../core/errors';
import type { Delivery } from '../../core/message';
import type { ConnectionStatus, MessageSource, PartitionLag, SourceOptions } from '../../core/ports';
import type { SeekMove, SeekTarget } from '../../core/seek';
import { StandaloneReader } from './standalone-reader';
import type { Reader } from './reader';
import type { MemoryTopic } from './topic';

/** How long `receive` waits for a message, ms. */
const IDLE = 100;
/** How long `receive` may respond without yielding to timers and sockets, ms. */
const TURN = 10;

export class MemorySource implements MessageSource {
  #status: ConnectionStatus = { state: 'connecting', reason: 'it is not open yet' };
  #topic: MemoryTopic | undefined;
  #reader: Reader | undefined;
  #wake: (() => void) | undefined;
  #lastTurn = performance.now();

  /** @param findTopic creates the topic if missing */
  constructor(
    private readonly options: SourceOptions,
    private readonly findTopic: (name: string) => MemoryTopic,
    private readonly onClose: (source: MemorySource) => void,
  ) {}

  async open(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new StreamInferError('ABORTED', 'opening the source was cancelled');
    this.#join();
  }

  async receive(max: number, signal: AbortSignal): Promise<Delivery[]> {
    await this.#letOthersRun();
    const deliveries = this.#take(max);
    if (deliveries.length > 0 || signal.aborted || this.#status.state === 'closed') return deliveries;
    await this.#wait(signal);
    return signal.aborted ? [] : this.#take(max);
  }

  settle(deliveries: readonly Delivery[]): void {
    if (this.#reader === undefined) return;
    for (const delivery of deliveries) this.#reader.settle(delivery);
    this.#wake?.();
  }

  isCurrent(delivery: Delivery): boolean {
    return this.#reader?.isCurrent(delivery) ?? false;
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return this.#reader?.lag() ?? [];
  }

  async seek(target: SeekTarget): Promise<readonly SeekMove[]> {
    if (target.at === 'snapshot')
      throw new StreamInferError('USAGE', 'the memory broker has no snapshots; seek to a time or an offset');
    return this.#reader?.seek?.(target) ?? [];
  }

  status(): ConnectionStatus {
    return this.#status;
  }

  async close(): Promise<void> {
    this.#status = { state: 'closed' };
    this.#reader?.leave();
    this.#reader = undefined;
    this.#wake?.();
    this.onClose(this);
  }

  #join(): void {
    const { topic, group, from, positions } = this.options;
    // Positions apply only to the topic that existed first.
    const known = this.#topic === undefined ? positions : undefined;
    this.#topic = this.findTopic(topic);
    this.#reader =
      group === null
        ? new StandaloneReader(this.#topic, from, known)
        : this.#topic.group(group, from).join({
            maxInFlight: this.options.maxInFlight,
            maxInFlightBytes: this.options.maxInFlightBytes,
          });
    this.#status = { state: 'up' };
  }

  #take(max: number): Delivery[] {
    if (this.#reader === undefined) return [];
    if (this.#topic?.deleted === true) this.#join();
    return this.#reader.take(max);
  }

  /** Everything here runs in microtasks: a fast reader and a fast publisher would starve the whole process. */
  async #letOthersRun(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN) return;
    await nextTurn();
    this.#lastTurn = performance.now();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        callOff?.();
        this.#wake = undefined;
        this.#lastTurn = performance.now();
        resolve();
      };
      const timer = setTimeout(wake, IDLE);
      const callOff = this.#topic?.onChange(wake);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}
