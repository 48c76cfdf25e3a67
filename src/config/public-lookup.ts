import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-address';

/** Code of the error where a name resolves to a private address. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A lookup for connections that rejects a name if any of its addresses is private. The socket connects to the very
 * addresses that were checked, so a later answer of the name server changes nothing.
 *
 * @param setting the setting that allows private addresses, for the error
 * @param resolver replaced by tests
 */
export function createPublicLookup(setting: string, resolver: Resolve = resolve): LookupFunction {
  return (name, options, callback) => {
    resolver(name, { ...options, all: true }, (error, addresses) => {
      const problem = error ?? privateAddressError(name, addresses, setting);
      const [first] = addresses ?? [];
      if (problem) callback(problem, []);
      else if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

function privateAddressError(
  name: string,
  addresses: readonly LookupAddress[],
  setting: string,
): NodeJS.ErrnoException | undefined {
  const found = addresses.find(({ address }) => isPrivateAddress(address));
  if (found === undefined) return undefined;
  const text = `${name} resolves to the private address ${found.address}; see ${setting}`;
  return Object.assign(new Error(text), { code: PRIVATE_ADDRESS });
}
