import type { VirtualTime } from '../virtual-time';
import type { Group, Member } from './group';
import { ERRORS, type NativeError } from './errors';
import type { Published } from './cluster';

/** One transactional id. */
interface Transactional {
  epoch: number;
  /** Of the last messages: a repetition is recognised by it. */
  sequence: number;
  isOpen: boolean;
  /** Invisible to readers of committed messages until the end. */
  messages: Published[];
  offsets: Map<number, number>;
  last: 'committed' | 'aborted' | undefined;
  cancelTimeout: () => void;
}

type Reply = NativeError | undefined;

/**
 * The broker's side of transactions, as before KIP-890. A producer keeps its epoch from one transaction to the next. So
 * a delayed request to end one may end the next.
 */
export class TransactionCoordinator {
  readonly #ids = new Map<string, Transactional>();

  constructor(
    private readonly time: VirtualTime,
    private readonly group: Group,
    private readonly onVisible: (messages: readonly Published[]) => void,
  ) {}

  /** Aborts the open transaction of a predecessor, and fences it. Returns the new epoch. */
  init(id: string): number {
    const known = this.#ids.get(id);
    if (known?.isOpen === true) this.#abort(known);
    const epoch = (known?.epoch ?? -1) + 1;
    const last = undefined;
    this.#ids.set(id, {
      ...{ epoch, sequence: -1, isOpen: false, messages: [], offsets: new Map<number, number>(), last },
      cancelTimeout: () => undefined,
    });
    return epoch;
  }

  add(id: string, epoch: number, sequence: number, timeoutMs: number, messages: readonly Published[]): Reply {
    const transactional = this.#of(id, epoch);
    if (transactional === undefined) return ERRORS.fencedProducer;
    if (sequence <= transactional.sequence) return undefined;
    transactional.sequence = sequence;
    this.#begin(transactional, timeoutMs);
    transactional.messages.push(...messages);
    return undefined;
  }

  addOffsets(
    id: string,
    epoch: number,
    timeoutMs: number,
    { member, generation }: { readonly member: Member; readonly generation: number },
    offsets: ReadonlyMap<number, number>,
  ): Reply {
    const transactional = this.#of(id, epoch);
    if (transactional === undefined) return ERRORS.fencedProducer;
    this.#begin(transactional, timeoutMs);
    if (!this.group.accepts(member, generation)) return ERRORS.illegalGeneration;
    for (const [partition, offset] of offsets) transactional.offsets.set(partition, offset);
    return undefined;
  }

  /** A repetition of the last request to end a transaction has no effect, if no other one is open. */
  end(id: string, epoch: number, result: 'committed' | 'aborted'): Reply {
    const transactional = this.#of(id, epoch);
    if (transactional === undefined) return ERRORS.fencedProducer;
    if (!transactional.isOpen)
      return transactional.last === result || transactional.last === undefined
        ? undefined
        : ERRORS.invalidState;
    if (result === 'committed') this.#commit(transactional);
    else this.#abort(transactional);
    return undefined;
  }

  /** A position that an open transaction may still change must not be read (KIP-447). */
  isStable(partition: number): boolean {
    for (const { offsets } of this.#ids.values()) if (offsets.has(partition)) return false;
    return true;
  }

  #of(id: string, epoch: number): Transactional | undefined {
    const known = this.#ids.get(id);
    return known?.epoch === epoch ? known : undefined;
  }

  #begin(transactional: Transactional, timeoutMs: number): void {
    if (transactional.isOpen) return;
    transactional.isOpen = true;
    transactional.cancelTimeout = this.time.after(timeoutMs, null, () => {
      this.#abort(transactional);
      transactional.epoch++;
    });
  }

  #commit(transactional: Transactional): void {
    const { messages, offsets } = transactional;
    this.#close(transactional, 'committed');
    this.onVisible(messages);
    this.group.commit(offsets);
  }

  #abort(transactional: Transactional): void {
    this.#close(transactional, 'aborted');
  }

  #close(transactional: Transactional, last: 'committed' | 'aborted'): void {
    transactional.cancelTimeout();
    Object.assign(transactional, { isOpen: false, messages: [], offsets: new Map(), last });
  }
}
