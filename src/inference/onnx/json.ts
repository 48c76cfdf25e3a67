export type Json = Readonly<Record<string, unknown>>;

/** Parsed by hand: loading a schema library would take a third of a worker's start. */
export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
