/** Joins an id with slashes (`images/2/1041`) from the decoded parts of a wildcard; `%2F` is accepted too. */
export function idFromPath(pieces: string | readonly string[] | undefined): string {
  return typeof pieces === 'string' ? pieces : (pieces ?? []).join('/');
}
