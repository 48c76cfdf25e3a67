import type { ModelIdentity } from '../core/prediction';

/** More than are active at a time; the oldest are dropped. */
const MOST = 8;

/** One value for each model that predicts. Adjacent predictions nearly always share a model, so a lookup is cheap. */
export class ByModel<T> {
  readonly #all = new Map<string, T>();
  #model: ModelIdentity | undefined;
  #latest: T | undefined;

  constructor(private readonly create: (model: ModelIdentity) => T) {}

  of(model: ModelIdentity): T {
    if (model !== this.#model) this.#latest = this.#find(model);
    this.#model = model;
    return this.#latest as T;
  }

  #find(model: ModelIdentity): T {
    const key = JSON.stringify([model.name, model.version, model.sha256]);
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    const made = this.create(model);
    this.#all.set(key, made);
    for (const oldest of [...this.#all.keys()].slice(0, -MOST)) this.#all.delete(oldest);
    return made;
  }
}
