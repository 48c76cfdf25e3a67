import { fileURLToPath } from 'node:url';

/** Schemes of references to images. Plain http is only for places that say so. */
export const REFERENCE_SCHEMES = ['https', 'http', 's3', 'gs', 'file'] as const;
export type ReferenceScheme = (typeof REFERENCE_SCHEMES)[number];

/** A place from which images may be fetched: everything below a prefix. */
export interface AllowedPlace {
  readonly scheme: ReferenceScheme;
  /** Host with its port, bucket, or nothing for files. With `isWildcard`, the end of the host, as in `.example.com`. */
  readonly host: string;
  readonly isWildcard: boolean;
  /** Begins and ends with a slash. */
  readonly folder: string;
}

const ENTRY = /^(https?|s3|gs|file):\/\/(\*\.)?([^/]*)(\/.*)?$/i;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,221}[a-z0-9]$/i;

/** A wildcard stands for one or more labels, not for the domain itself. */
export function fitsHost({ host, isWildcard }: AllowedPlace, own: string): boolean {
  return isWildcard ? own.length > host.length && own.endsWith(host) : own === host;
}

/** Parses an entry of the allow-list; returns the reason as the end of a sentence where it is not one. */
export function parseAllowedPlace(entry: string): AllowedPlace | { readonly problem: string } {
  const [, name, star, authority = '', path = '/'] = ENTRY.exec(entry.trim()) ?? [];
  if (name === undefined)
    return { problem: 'expected a place such as https://host, s3://bucket, gs://bucket or file:///folder' };
  if (/[?#@]/.test(`${authority}${path}`))
    return { problem: 'expected a place without credentials, query and fragment' };
  const scheme = name.toLowerCase() as ReferenceScheme;
  const folder = path.endsWith('/') ? path : `${path}/`;
  if (scheme === 'file') return fileFolder(authority, star, folder);
  if (scheme === 's3' || scheme === 'gs') return bucketPlace(scheme, authority, star, folder);
  return hostPlace(scheme, authority, star, folder);
}

function fileFolder(authority: string, star: string | undefined, folder: string) {
  if (authority !== '' || star !== undefined)
    return { problem: 'expected a folder with three slashes, as in file:///mnt/images' };
  try {
    // As paths of references are spelled: decoded, without dots.
    const path = fileURLToPath(`file://${new URL(`file://${folder}`).pathname}`);
    if (path === '/') return { problem: 'expected a folder, not the whole file system' };
    return { scheme: 'file', host: '', isWildcard: false, folder: path } as const;
  } catch {
    return { problem: 'expected a folder without encoded slashes' };
  }
}

function bucketPlace(scheme: 's3' | 'gs', bucket: string, star: string | undefined, folder: string) {
  // A message could otherwise name a bucket that does not exist, which looks like a wrong configuration.
  if (star !== undefined || !BUCKET.test(bucket))
    return { problem: `expected the name of a bucket, as in ${scheme}://images` };
  return { scheme, host: bucket, isWildcard: false, folder };
}

function hostPlace(scheme: 'https' | 'http', authority: string, star: string | undefined, folder: string) {
  const text = `${scheme}://${authority}`;
  if (authority === '' || authority.includes('*') || !URL.canParse(text))
    return { problem: 'expected a host, as in https://images.example.com or https://*.example.com' };
  // As URLs of references are spelled: lower case, punycode, without the default port.
  const { host } = new URL(text);
  const isWildcard = star !== undefined;
  // Otherwise *.com would be a whole part of the world.
  if (isWildcard && !host.includes('.')) return { problem: 'a wildcard needs a domain, as in *.example.com' };
  const path = new URL(`${text}${folder}`).pathname;
  return { scheme, host: isWildcard ? `.${host}` : host, isWildcard, folder: path };
}
