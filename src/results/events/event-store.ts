import type {
  Acknowledgement,
  DerivedImages,
  EventFilter,
  EventImageName,
  EventWithImage,
  StoredEvent,
} from '../../core/event';

/** What may be asked about events, by whoever shows them. */
export interface EventView {
  /** Newest first. */
  list(filter: EventFilter): Promise<readonly StoredEvent[]>;
  get(id: string): Promise<StoredEvent | undefined>;
  /** By its number. */
  alert(number: number): Promise<StoredEvent | undefined>;
  /** A 28×28 image as 784 bytes, the derived ones as PNG files. */
  image(id: string, name: EventImageName): Promise<Uint8Array | undefined>;
  /** The first acknowledgement of an alert stays. Undefined if there is no such alert; rejects with NOT_READY. */
  acknowledge(number: number, acknowledgement: Acknowledgement): Promise<StoredEvent | undefined>;
}

/** Where events are kept. Every method can be called again with the same values, which changes nothing. */
export interface EventStore extends EventView {
  insert(event: EventWithImage): Promise<void>;
  addDerived(id: string, images: DerivedImages): Promise<void>;
  /** Further matches belong to this event. Unlike the others it adds up. */
  addMatches(id: string, matches: number, lastAt: string): Promise<void>;
  /** The highest alert number that was ever stored, also if its event is gone. */
  lastAlert(): Promise<number>;
}
