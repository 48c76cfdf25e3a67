/** Facts about a message for its deserializer. */
export interface MessageFacts {
  readonly topic: string;
  /** Value of the first header with that name, ignoring case. */
  readonly header: (name: string) => string | undefined;
}

/** Converts a value to bytes; text is encoded as UTF-8. Errors become SERIALIZE_FAILED. */
export type Serializer<T> = (value: T, topic: string) => Uint8Array | string | Promise<Uint8Array | string>;

/**
 * Converts bytes to a value. An error makes the message a dead letter (DESERIALIZE_FAILED) without a retry.
 * A message without a value (a Kafka tombstone) is passed as an empty Buffer.
 */
export type Deserializer<T> = (bytes: Buffer, facts: MessageFacts) => T | Promise<T>;

export function toJson<T>(value: T): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`cannot encode ${typeof value} as JSON`);
  return text;
}

/** Returns an unchecked value. */
export function fromJson(): Deserializer<unknown>;
/** @param check returns the typed value or throws, for example `parse` of a zod schema */
export function fromJson<T>(check: (value: unknown) => T): Deserializer<T>;
export function fromJson(check: (value: unknown) => unknown = (value) => value): Deserializer<unknown> {
  return (bytes) => check(JSON.parse(bytes.toString('utf8')));
}

export function toText(value: string): string {
  return value;
}

export function fromText(bytes: Buffer): string {
  return bytes.toString('utf8');
}
