type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Removes undefined fields, which exact optional types do not allow. */
export function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
