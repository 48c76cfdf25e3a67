/** A contradiction between settings that are valid on their own. */
export interface AcrossProblem {
  /** Dotted. */
  readonly path: string;
  readonly message: string;
}
