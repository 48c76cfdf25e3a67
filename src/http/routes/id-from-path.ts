/**
 * Ids hold slashes (`images/2/1041`). A wildcard takes them as they are or encoded as `%2F`: the router hands over the
 * decoded pieces between the slashes.
 */
export function idFromPath(pieces: string | readonly string[] | undefined): string {
  return typeof pieces === 'string' ? pieces : (pieces ?? []).join('/');
}
