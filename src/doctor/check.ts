/** What one look at this machine found. */
export interface Check {
  readonly name: string;
  /** `note`: works, but something is off or slower than it could be. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
  /** The one thing to do. */
  readonly remedy?: string;
}
