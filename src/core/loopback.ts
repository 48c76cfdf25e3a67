/** Names of this machine that no other machine can reach. */
export const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'] as const;

/** Whether an address or name is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return LOOPBACK_NAMES.some((known) => known === name) || /^127(\.\d{1,3}){3}$/.test(host);
}
