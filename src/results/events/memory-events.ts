import type { DerivedImages, EventFilter, EventImageName, StoredEvent } from '../../core/event';
import type { EventStore } from './event-store';

interface Kept {
  stored: StoredEvent;
  readonly pixels: Uint8Array | null;
  derived: DerivedImages | null;
}

export const MEMORY_EVENTS = 500;
/** All images, bytes: the oldest events are dropped beyond it. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The latest events of this process. */
export function createMemoryEvents(capacity = MEMORY_EVENTS): EventStore {
  /** By id, oldest first. */
  const kept = new Map<string, Kept>();
  let newest = 0;
  let lastAlert = 0;
  let bytes = 0;
  const ofAlert = (number: number) => [...kept.values()].find(({ stored }) => stored.alert === number);

  function change(id: string, fields: (stored: StoredEvent) => Partial<StoredEvent>): void {
    const found = kept.get(id);
    if (found !== undefined) found.stored = { ...found.stored, ...fields(found.stored) };
  }

  function forgetOldest(): void {
    for (const [id, { pixels, derived }] of kept) {
      if (kept.size <= capacity && bytes <= MOST_BYTES) break;
      bytes -= (pixels?.length ?? 0) + sizeOf(derived);
      kept.delete(id);
    }
  }

  return {
    async insert({ event, pixels }) {
      if (kept.has(event.id)) return;
      lastAlert = Math.max(lastAlert, event.alert ?? 0);
      const images = { image: pixels !== null, enlarged: false, occlusion: false };
      const progress = { matches: event.count, lastAt: event.at, acknowledged: null, images };
      kept.set(event.id, { stored: { ...event, ...progress, seq: ++newest }, pixels, derived: null });
      bytes += pixels?.length ?? 0;
      forgetOldest();
    },
    async addDerived(id, derived) {
      const found = kept.get(id);
      if (found === undefined) return;
      bytes += sizeOf(derived) - sizeOf(found.derived);
      found.derived = derived;
      forgetOldest();
      change(id, ({ images }) => ({ images: { ...images, enlarged: true, occlusion: true } }));
    },
    async addMatches(id, matches, lastAt) {
      change(id, (stored) => ({ matches: stored.matches + matches, lastAt }));
    },
    async lastAlert() {
      return lastAlert;
    },
    async list(filter) {
      const wanted = [...kept.values()].map(({ stored }) => stored).filter((stored) => fits(stored, filter));
      return wanted.reverse().slice(0, filter.limit);
    },
    async get(id) {
      return kept.get(id)?.stored;
    },
    async alert(number) {
      return ofAlert(number)?.stored;
    },
    async image(id, name) {
      const found = kept.get(id);
      return found && imageOf(found, name);
    },
    async acknowledge(number, acknowledgement) {
      const found = ofAlert(number);
      if (found === undefined) return undefined;
      change(found.stored.id, ({ acknowledged }) => ({ acknowledged: acknowledged ?? acknowledgement }));
      return found.stored;
    },
  };
}

function fits(stored: StoredEvent, { rule, alerts, acknowledged, before }: EventFilter): boolean {
  if (rule !== undefined && stored.rule !== rule) return false;
  if (alerts === true && stored.alert === null) return false;
  if (acknowledged !== undefined && (stored.acknowledged !== null) !== acknowledged) return false;
  return before === undefined || stored.seq < before;
}

function sizeOf(derived: DerivedImages | null): number {
  return derived === null ? 0 : derived.enlarged.length + derived.occlusion.length;
}

function imageOf({ pixels, derived }: Kept, name: EventImageName): Uint8Array | undefined {
  return (name === 'image' ? pixels : derived?.[name]) ?? undefined;
}
