import type { ComparedSide } from '../../core/model-version';

/** Counts what one of two models does. */
export class SideCounter {
  #images = 0;
  #judged = 0;
  #correct = 0;
  #confidence = 0;
  readonly #byClass: number[];

  constructor(
    readonly version: number,
    classes: number,
  ) {
    this.#byClass = new Array<number>(classes).fill(0);
  }

  /** @param truth undefined where the message did not tell */
  add(label: number, confidence: number, truth: number | undefined): void {
    this.#images++;
    this.#confidence += confidence;
    this.#byClass[label] = (this.#byClass[label] ?? 0) + 1;
    if (truth === undefined) return;
    this.#judged++;
    if (truth === label) this.#correct++;
  }

  read(): ComparedSide {
    return {
      version: this.version,
      images: this.#images,
      judged: this.#judged,
      correct: this.#correct,
      meanConfidence: this.#images === 0 ? null : this.#confidence / this.#images,
      byClass: [...this.#byClass],
    };
  }
}
