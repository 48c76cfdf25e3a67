/** What a deserializer may want to know besides the bytes. */
export interface MessageFacts {
  readonly topic: string;
  /** The value of the first header of that name, whatever its case. */
  readonly header: (name: string) => string | undefined;
}

/** Bytes of a value; text is taken as UTF-8. What it throws becomes SERIALIZE_FAILED. */
export type Serializer<T> = (value: T, topic: string) => Uint8Array | string | Promise<Uint8Array | string>;

/**
 * The value behind the bytes. What it throws makes a dead letter of the message at once, DESERIALIZE_FAILED: the same
 * bytes would fail again. A message without a value (a Kafka tombstone) comes as an empty Buffer.
 */
export type Deserializer<T> = (bytes: Buffer, facts: MessageFacts) => T | Promise<T>;

export function toJson<T>(value: T): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON`);
  return text;
}

/** For a value that the caller checks. */
export function fromJson(): Deserializer<unknown>;
/** @param check returns the typed value or throws, such as the `parse` of a zod schema */
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
