import { BlockList, isIP } from 'node:net';

/** Loopback, private, link-local, shared, test, multicast and reserved networks: RFC 6890 and its successors. */
const PRIVATE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
const PRIVATE_V6 = [
  // IPv4 inside of IPv6, in every way that a gateway may translate back: compatible, NAT64 (also a local one), 6to4, Teredo.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const list = new BlockList();
for (const [network, bits] of PRIVATE_V4) list.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of PRIVATE_V6) list.addSubnet(network, bits, 'ipv6');

/** Whether an IP address is one that the rest of the world does not have. IPv4 inside of IPv6 is looked at as IPv4. */
export function isPrivateAddress(address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a URL names such an address, or this machine, without any DNS. */
export function namesPrivateAddress(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? /(^|\.)localhost\.?$/i.test(host) : isPrivateAddress(host);
}
