import type {
  Acknowledgement,
  DerivedImages,
  EventFilter,
  EventImageName,
  StorableEvent,
} from '../../core/event';

/** A request to the table of events, named like the methods of `EventStore`. */
export type EventRequest =
  | { readonly do: 'insert'; readonly event: StorableEvent }
  | { readonly do: 'add derived'; readonly id: string; readonly images: DerivedImages }
  | { readonly do: 'add matches'; readonly id: string; readonly matches: number; readonly lastAt: string }
  | { readonly do: 'acknowledge'; readonly number: number; readonly acknowledgement: Acknowledgement }
  | { readonly do: 'last alert' }
  | { readonly do: 'list'; readonly filter: EventFilter }
  | { readonly do: 'get'; readonly id: string }
  | { readonly do: 'alert'; readonly number: number }
  | { readonly do: 'image'; readonly id: string; readonly name: EventImageName };

/** Number of events to keep; older ones are deleted. About 15 KB each, with their images. */
export const MOST_EVENTS = 5_000;
