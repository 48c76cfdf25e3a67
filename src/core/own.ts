/** The entry of a table by a name from a file. Every object inherits members such as `constructor`, which are not entries. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
