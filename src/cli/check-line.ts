import colors from 'picocolors';

const MARKS = { ok: colors.green('✓'), note: colors.yellow('•'), problem: colors.red('✗') };

/** One line of a report of checks, and one more for the remedy. */
export function toCheckLine(check: {
  readonly name: string;
  readonly state: keyof typeof MARKS;
  readonly detail: string;
  readonly remedy?: string;
}): string {
  const { name, state, detail, remedy } = check;
  return `${MARKS[state]} ${name.padEnd(14)} ${detail}\n${remedy ? `                 → ${remedy}\n` : ''}`;
}
