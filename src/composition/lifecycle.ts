/**
 * State of a process. `acquired` holds its parts: some of them while it starts or drains, all while it runs, none after.
 */
export type LifecycleState<Parts extends object> =
  | {
      readonly phase: 'starting';
      readonly acquired: Partial<Parts>;
      /** Why the start takes time, as a sentence; null while it makes progress. */
      readonly waitingFor: string | null;
    }
  | { readonly phase: 'running'; readonly acquired: Parts }
  | { readonly phase: 'draining'; readonly acquired: Partial<Parts>; readonly waitingFor: string | null }
  | { readonly phase: 'stopped'; readonly acquired: Partial<Parts> };

/** starting → running → draining → stopped; a failed start skips `running`. No phase is entered twice. */
export class Lifecycle<Parts extends object> {
  #state: LifecycleState<Parts> = { phase: 'starting', acquired: {}, waitingFor: null };

  get state(): LifecycleState<Parts> {
    return this.#state;
  }

  /** Reason for a wait in the start, also if the wait was aborted; null otherwise. */
  get waitingFor(): string | null {
    return 'waitingFor' in this.#state ? this.#state.waitingFor : null;
  }

  get stopping(): boolean {
    return this.#state.phase === 'draining' || this.#state.phase === 'stopped';
  }

  get acquired(): Partial<Parts> {
    return this.#state.acquired;
  }

  /** Adds parts of a process that is still starting. */
  acquire(parts: Partial<Parts>): void {
    if (this.#state.phase !== 'starting') return;
    this.#state = { ...this.#state, acquired: { ...this.#state.acquired, ...parts } };
  }

  /** @param reason null when the wait is over */
  waitFor(reason: string | null): void {
    if (this.#state.phase === 'starting') this.#state = { ...this.#state, waitingFor: reason };
  }

  run(acquired: Parts): void {
    if (this.#state.phase === 'starting') this.#state = { phase: 'running', acquired };
  }

  drain(): void {
    const state = this.#state;
    if (state.phase === 'draining' || state.phase === 'stopped') return;
    const waitingFor = state.phase === 'starting' ? state.waitingFor : null;
    this.#state = { phase: 'draining', acquired: state.acquired, waitingFor };
  }

  stop(): void {
    this.#state = { phase: 'stopped', acquired: {} };
  }
}
