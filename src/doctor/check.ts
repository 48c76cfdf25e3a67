/** Result of one check. */
export interface Check {
  readonly name: string;
  /** `note`: works, but something is disabled or slower than possible. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}
