const SERVER = /^(?:([a-z0-9_]+):\/\/)?(?:\[[^\]]+\]|[^:/\s]+)(?::(\d+))?$/i;
const HIGHEST_PORT = 65_535;

/**
 * What is wrong with a list of brokers. librdkafka drops an entry that it cannot read and waits for ever when none is
 * left; of a port that is too large it takes the lower 16 bits.
 *
 * @param protocol `security.protocol`, which a scheme in the list may only repeat
 */
export function serverProblems(list: string, protocol = 'plaintext'): string[] {
  const servers = list
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
  if (servers.length === 0) return ['it names no broker'];
  return servers.flatMap((server) => {
    // What is before it may be a password.
    if (server.includes('@'))
      return ['an address has a user or a password in it; they are sasl.username and sasl.password'];
    const [match, scheme, port] = SERVER.exec(server) ?? [];
    // An IPv6 address without brackets.
    if (match === undefined && /^[0-9a-f:.]+$/i.test(server)) return [];
    if (match === undefined) return [`"${server}" is not host:port`];
    if (port !== undefined && (Number(port) < 1 || Number(port) > HIGHEST_PORT))
      return [`"${server}": a port is 1 to ${HIGHEST_PORT}`];
    if (scheme !== undefined && scheme.toLowerCase() !== protocol.toLowerCase())
      return [`"${server}": ${scheme} is not the security.protocol, ${protocol}; write host:port`];
    return [];
  });
}
