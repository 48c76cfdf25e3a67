import { CLASS_NAMES } from '../core/labels';

/** Names of the classes in the results: those of the model in this process, or learned from predictions of others. */
export class ClassNames {
  #names: readonly string[] = CLASS_NAMES;
  /** False while the names are only assumed. */
  #known = false;

  /** By label. */
  get list(): readonly string[] {
    return this.#names;
  }

  of(label: number): string {
    return this.#names[label] ?? unnamed(label);
  }

  /** Takes the names of a model. */
  use(labels: readonly string[]): void {
    this.#names = labels;
    this.#known = true;
  }

  /** Takes the name of one class from a prediction. The assumed names are dropped at the first contradiction. */
  learn(label: number, name: string): void {
    if (this.#names[label] === name) return;
    const names = this.#known ? [...this.#names] : [];
    while (names.length < label) names.push(unnamed(names.length));
    names[label] = name;
    this.use(names);
  }
}

function unnamed(label: number): string {
  return `class ${label}`;
}
