type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that were not sent: an absent condition and one that is undefined are not the same type. */
export function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
