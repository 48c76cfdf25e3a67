import { CrashRecords, type CrashRecord } from '../../src/quarantine/crash-records';
import type { BatchSlots } from '../../src/quarantine/crash-journal';

/** The folder of crash journals, which outlives the processes that write to it. */
export class CrashShelf {
  readonly #records = new Set<ReadonlySet<string>>();

  /** What a process reads at its start: a view of its own. */
  read(): CrashRecords {
    return new CrashRecords([...this.#records].map((record) => this.#view(record)));
  }

  /** The journal of a killed process becomes the record of a crash. */
  keep(slots: MemorySlots): void {
    const ids = slots.sourceIds();
    if (ids.size > 0) this.#records.add(ids);
  }

  #view(record: ReadonlySet<string>): CrashRecord {
    return { ids: new Set(record), remove: () => void this.#records.delete(record) };
  }
}

/** The batches that are with the workers of one process. */
export class MemorySlots implements BatchSlots {
  readonly #slots = new Map<number, readonly string[]>();
  #next = 0;

  put(sourceIds: readonly string[]): number {
    this.#slots.set(++this.#next, sourceIds);
    return this.#next;
  }

  clear(slot: number): void {
    this.#slots.delete(slot);
  }

  remove(): void {
    this.#slots.clear();
  }

  sourceIds(): ReadonlySet<string> {
    return new Set([...this.#slots.values()].flat());
  }
}
