import type { Disagreement } from '../../core/model-version';

/** About 1 KB each. */
const KEPT = 500;

/** The latest disagreements, also of ended rollouts, one for each image. */
export class RecentDisagreements {
  /** By id, oldest first. */
  readonly #kept = new Map<string, Disagreement>();

  add(disagreements: readonly Disagreement[]): void {
    for (const one of disagreements) {
      this.#kept.delete(one.id);
      this.#kept.set(one.id, one);
    }
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(id);
    }
  }

  /** Newest first. */
  list(): readonly Disagreement[] {
    return [...this.#kept.values()].reverse();
  }
}
