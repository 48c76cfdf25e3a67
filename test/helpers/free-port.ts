/** Ports of servers that tests stop and start again. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range that Linux gives to outgoing connections (32768 and up). While a server is down, a client that
 * retries would sooner or later get the port of the server as its own.
 */
const [LOWEST, HIGHEST] = [16_000, 32_000];
const ATTEMPTS = 100;
/** Given to servers that may not listen yet: two of one broker were the same once. */
const given = new Set<number>();

/** A free loopback port, which stays free for the server while that is down. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < ATTEMPTS; i++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port in ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
