/** A value from a file as text. `String` throws for an object whose own `toString` is not a function. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(JSON.stringify(value));
}

/** NaN for anything but a number. `Number` throws for such an object, too. */
export function numberOrNaN(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
