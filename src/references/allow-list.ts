import { fitsHost, parseAllowedPlace, type AllowedPlace } from '../config/allowed-place';
import { namesPrivateAddress } from '../config/private-address';
import { StreamInferError } from '../core/errors';
import { refuse, type Reference, type ReferenceRefusal } from './reference';

export interface AllowListOptions {
  readonly allow: readonly string[];
  readonly allowPrivateNetwork: boolean;
  /** The section of the configuration, for texts; `references` if absent. */
  readonly setting?: string;
}

/** Decides which references are fetched. The addresses that a host resolves to are checked while connecting. */
export class AllowList {
  readonly places: readonly AllowedPlace[];

  readonly #setting: string;

  constructor(private readonly options: AllowListOptions) {
    this.#setting = options.setting ?? 'references';
    this.places = options.allow.map((entry) => toPlace(entry, this.#setting));
  }

  /** The place that the reference is in, or REFERENCE_FORBIDDEN. */
  check(reference: Reference): AllowedPlace | ReferenceRefusal {
    const { scheme, host, path, shown } = reference;
    const ofHost = this.places.filter((place) => place.scheme === scheme && fitsHost(place, host));
    // A host with a name of its own says more than a wildcard.
    const place =
      ofHost.find((one) => !one.isWildcard && inFolder(one, path)) ??
      ofHost.find((one) => inFolder(one, path));
    if (place === undefined)
      return refuse('REFERENCE_FORBIDDEN', `${shown} is not in a place of ${this.#setting}.allow`);
    if (
      isHttp(scheme) &&
      !this.options.allowPrivateNetwork &&
      namesPrivateAddress(new URL(`${scheme}://${host}`))
    )
      return refuse(
        'REFERENCE_FORBIDDEN',
        `${shown} has a private address; see ${this.#setting}.allowPrivateNetwork`,
      );
    return place;
  }
}

export function isHttp(scheme: string): boolean {
  return scheme === 'https' || scheme === 'http';
}

function toPlace(entry: string, setting: string): AllowedPlace {
  const place = parseAllowedPlace(entry);
  if ('problem' in place)
    throw new StreamInferError('CONFIG_INVALID', `${setting}.allow: ${place.problem}; got ${entry}`);
  return place;
}

function inFolder({ scheme, folder }: AllowedPlace, path: string): boolean {
  if (!path.startsWith(folder)) return false;
  // A server may decode these first, and then leave the folder.
  return folder === '/' || !isHttp(scheme) || !/%2f|%5c|\\/i.test(path);
}
