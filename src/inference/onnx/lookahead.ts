import type { Call } from './calls';
import type { Layer } from './layer';

/** Follows a call to the layers behind it, as long as its output goes to one layer only. */
export class Lookahead {
  readonly #consumers = new Map<Call, Call[]>();
  #at: Call;
  #taken: Call[] = [];

  /** @param calls of a `Topology` */
  constructor(calls: readonly Call[]) {
    for (const call of calls) {
      for (const input of call.inputs) {
        const known = this.#consumers.get(input);
        if (known) known.push(call);
        else this.#consumers.set(input, [call]);
      }
    }
    this.#at = calls[0]!;
  }

  startAt(call: Call): void {
    this.#at = call;
    this.#taken = [];
  }

  /** Consumes the only following layer if it has one of the classes. */
  takeIf(...classNames: readonly string[]): Layer | undefined {
    const consumers = this.#consumers.get(this.#at);
    const next = consumers?.length === 1 ? consumers[0]! : undefined;
    if (!next || next.inputs.length !== 1 || !classNames.includes(next.layer.className)) return undefined;
    this.#at = next;
    this.#taken.push(next);
    return next.layer;
  }

  /** The consumed calls. */
  get taken(): readonly Call[] {
    return this.#taken;
  }
}
