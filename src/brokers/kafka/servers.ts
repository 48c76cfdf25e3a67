const SERVER = /^(?:([a-z0-9_]+):\/\/)?(?:\[[^\]]+\]|[^:/\s]+)(?::(\d+))?$/i;
const HIGHEST_PORT = 65_535;

/**
 * Problems of a list of brokers. The client drops an unreadable entry, and waits without end when none is left. Of a
 * port that is too large it uses the lower 16 bits.
 *
 * @param protocol `security.protocol`, which a scheme in the list must equal
 */
export function serverProblems(list: string, protocol = 'plaintext'): string[] {
  const servers = list
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
  if (servers.length === 0) return ['it contains no broker'];
  return servers.flatMap((server) => {
    // The part before it may be a password.
    if (server.includes('@'))
      return ['an address contains a user or a password; use sasl.username and sasl.password'];
    const [match, scheme, port] = SERVER.exec(server) ?? [];
    // An IPv6 address without brackets.
    if (match === undefined && /^[0-9a-f:.]+$/i.test(server)) return [];
    if (match === undefined) return [`"${server}" is not host:port`];
    if (port !== undefined && (Number(port) < 1 || Number(port) > HIGHEST_PORT))
      return [`"${server}": the port must be 1 to ${HIGHEST_PORT}`];
    if (scheme !== undefined && scheme.toLowerCase() !== protocol.toLowerCase())
      return [`"${server}": the scheme ${scheme} contradicts security.protocol=${protocol}; write host:port`];
    return [];
  });
}
