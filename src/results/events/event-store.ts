import type {
  Acknowledgement,
  DerivedImages,
  EventFilter,
  EventImageName,
  StorableEvent,
  StoredEvent,
} from '../../core/event';

/** Queries on events, for HTTP. */
export interface EventView {
  /** Newest first. */
  list(filter: EventFilter): Promise<readonly StoredEvent[]>;
  get(id: string): Promise<StoredEvent | undefined>;
  /** By alert number. */
  alert(number: number): Promise<StoredEvent | undefined>;
  /** A 28×28 grey image as its pixels, all others as PNG files. */
  image(id: string, name: EventImageName): Promise<Uint8Array | undefined>;
  /** Keeps the first acknowledgement. Resolves with undefined for an unknown alert; rejects with NOT_READY. */
  acknowledge(number: number, acknowledgement: Acknowledgement): Promise<StoredEvent | undefined>;
}

/** Storage of events. All methods except `addMatches` are idempotent. */
export interface EventStore extends EventView {
  insert(event: StorableEvent): Promise<void>;
  addDerived(id: string, images: DerivedImages): Promise<void>;
  /** Adds further matches to an event. */
  addMatches(id: string, matches: number, lastAt: string): Promise<void>;
  /** The highest alert number ever stored, even if its event was deleted. */
  lastAlert(): Promise<number>;
}
