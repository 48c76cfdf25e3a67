import type { LookupFunction } from 'node:net';
import { createPublicLookup } from '../config/public-lookup';
import { AllowList, isHttp } from '../references/allow-list';
import { parseReference } from '../references/parse-reference';
import { isReferenceRefusal } from '../references/reference';

/** An address that may be called. */
export interface CallbackTarget {
  readonly url: URL;
  /** Without the query, which may hold a token. */
  readonly shown: string;
}

const SETTING = 'requests.callbacks';

/** Decides which addresses are called, by the rules of references to images. */
export class CallbackTargets {
  readonly #allowList: AllowList;
  /** Checks addresses while connecting; undefined where all are allowed. */
  readonly lookup: LookupFunction | undefined;

  constructor(options: { readonly allow: readonly string[]; readonly allowPrivateNetwork: boolean }) {
    this.#allowList = new AllowList({ ...options, setting: SETTING });
    this.lookup = options.allowPrivateNetwork
      ? undefined
      : createPublicLookup(`${SETTING}.allowPrivateNetwork`);
  }

  /** @param base the address that redirected here */
  parse(text: string, base?: string): CallbackTarget | { readonly problem: string } {
    if (!URL.canParse(text, base)) return { problem: 'it is not an address such as https://host/path' };
    const url = new URL(text, base);
    if (url.username !== '' || url.password !== '') return { problem: 'it holds credentials' };
    if (!isHttp(url.protocol.slice(0, -1))) return { problem: 'its scheme is not https' };
    const reference = parseReference(url.href);
    if (isReferenceRefusal(reference)) return { problem: reference.message };
    const place = this.#allowList.check(reference);
    return 'code' in place ? { problem: place.message } : { url, shown: reference.shown };
  }
}
