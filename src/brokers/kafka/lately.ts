/** Whether something happened lately, remembered from one client to the next. */
export class Lately {
  #lastAt = -Infinity;

  note(): void {
    this.#lastAt = performance.now();
  }

  within(ms: number): boolean {
    return performance.now() - this.#lastAt < ms;
  }
}
