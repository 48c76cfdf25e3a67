import { lookup } from 'node:dns/promises';
import { readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { BrokerAddress } from '../brokers/kafka/topic-ends';
import { namesIn, textOf } from './proc';

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';
/** These listen on behalf of a container, so their CPU time is not the broker's. */
const FORWARDERS: readonly string[] = ['docker-proxy', 'rootlessport', 'slirp4netns', 'ssh'];

/**
 * The broker processes; null if one is on another machine, in a container or of another user, or without
 * /proc.
 */
export async function brokerProcesses(brokers: readonly BrokerAddress[]): Promise<readonly number[] | null> {
  const here = await Promise.all(brokers.map(({ host }) => isThisMachine(host)));
  if (brokers.length === 0 || here.includes(false)) return null;
  const pids = brokers.map(({ port }) => listenerOn(port));
  return pids.includes(undefined) ? null : [...new Set(pids as number[])];
}

/** The inodes of the sockets listening on a port, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(wanted) && inode !== '0' ? [inode] : [];
  });
}

/** The process listening on a TCP port of this machine. */
export function listenerOn(port: number): number | undefined {
  const inodes = ['tcp', 'tcp6'].flatMap((name) => listeningInodes(textOf(`/proc/net/${name}`), port));
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = namesIn('/proc').find((name) => /^\d+$/.test(name) && holdsOneOf(name, sockets));
  if (pid === undefined || FORWARDERS.includes(textOf(`/proc/${pid}/comm`).trim())) return undefined;
  return Number(pid);
}

function holdsOneOf(pid: string, sockets: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((descriptor) => sockets.has(linkOf(`${folder}/${descriptor}`)));
}

async function isThisMachine(host: string): Promise<boolean> {
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address)),
  );
  try {
    const found = await lookup(host, { all: true });
    return found.some(({ address }) => address.startsWith('127.') || own.has(address));
  } catch {
    // The name resolves only in the broker's own network.
    return false;
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    // The descriptor was closed after its folder was listed.
    return '';
  }
}
