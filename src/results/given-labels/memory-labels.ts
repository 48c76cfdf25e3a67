import type { StoredLabel } from '../../core/label';
import type { LabelStore } from './label-store';

export const MEMORY_LABELS = 5_000;
/** Characters of all images, in base64. */
const MOST_TEXT = 64 * 1024 * 1024;

/** The latest labels of this process. */
export function createMemoryLabels(capacity = MEMORY_LABELS): LabelStore {
  /** By id, oldest first. */
  const kept = new Map<string, StoredLabel>();
  let newest = 0;
  let text = 0;

  function remove(id: string): void {
    text -= kept.get(id)?.image.pixels.length ?? 0;
    kept.delete(id);
  }

  return {
    async put(label) {
      remove(label.id);
      kept.set(label.id, { ...label, seq: ++newest });
      text += label.image.pixels.length;
      for (const id of kept.keys()) {
        if (kept.size <= capacity && text <= MOST_TEXT) break;
        remove(id);
      }
    },
    async remove(id) {
      remove(id);
    },
    async list({ before = Infinity, limit }) {
      return [...kept.values()]
        .reverse()
        .filter(({ seq }) => seq < before)
        .slice(0, limit);
    },
    async get(id) {
      return kept.get(id);
    },
    async labelled(ids) {
      return new Set(ids.filter((id) => kept.has(id)));
    },
    async counts() {
      const counts = new Map<number, number>();
      for (const { label } of kept.values()) counts.set(label, (counts.get(label) ?? 0) + 1);
      return counts;
    },
  };
}
