/** Where a bench tells how far it is. */
export interface BenchProgress {
  /** A new step begins. */
  step(text: string): void;
  /** Of the current step. */
  update(done: number, total: number): void;
}
