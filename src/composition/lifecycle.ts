/**
 * State of a process. `acquired` holds its resources: some of them while it starts or drains, all while it runs, none after.
 */
export type LifecycleState<Resources extends object> =
  | {
      readonly phase: 'starting';
      readonly acquired: Partial<Resources>;
      /** Why the start takes time, as a sentence; null while it makes progress. */
      readonly waitingFor: string | null;
    }
  | { readonly phase: 'running'; readonly acquired: Resources }
  | { readonly phase: 'draining'; readonly acquired: Partial<Resources>; readonly waitingFor: string | null }
  | { readonly phase: 'stopped'; readonly acquired: Partial<Resources> };

/** starting → running → draining → stopped; a failed start skips `running`. No phase is entered twice. */
export class Lifecycle<Resources extends object> {
  #state: LifecycleState<Resources> = { phase: 'starting', acquired: {}, waitingFor: null };

  get state(): LifecycleState<Resources> {
    return this.#state;
  }

  /** Reason for a wait in the start, also if the wait was aborted; null otherwise. */
  get waitingFor(): string | null {
    return 'waitingFor' in this.#state ? this.#state.waitingFor : null;
  }

  get stopping(): boolean {
    return this.#state.phase === 'draining' || this.#state.phase === 'stopped';
  }

  get acquired(): Partial<Resources> {
    return this.#state.acquired;
  }

  /** Adds resources of a process that is still starting. */
  acquire(resources: Partial<Resources>): void {
    if (this.#state.phase !== 'starting') return;
    this.#state = { ...this.#state, acquired: { ...this.#state.acquired, ...resources } };
  }

  /** @param reason null when the wait is over */
  waitFor(reason: string | null): void {
    if (this.#state.phase === 'starting') this.#state = { ...this.#state, waitingFor: reason };
  }

  run(acquired: Resources): void {
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
