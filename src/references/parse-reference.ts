import { fileURLToPath } from 'node:url';
import type { ReferenceScheme } from '../config/allowed-place';
import { printable } from '../codec/envelope-values';
import { refuse, type Reference, type ReferenceRefusal } from './reference';

/** Characters of a reference; signed addresses have about 1,500. */
export const MOST_CHARACTERS = 8_192;
const MOST_SHOWN = 200;

const SCHEME = /^(https?|s3|gs|file):\/\//i;

/** Whether a text begins like a reference. It may be invalid, and is not an image in any case. */
export function looksLikeReference(text: string): boolean {
  return SCHEME.test(text);
}

/** Parses `https://…`, `http://…`, `s3://bucket/key`, `gs://bucket/key` or `file:///path`: one of them, or REFERENCE_INVALID. */
export function parseReference(text: string): Reference | ReferenceRefusal {
  if (text.length > MOST_CHARACTERS)
    return invalid(`the reference has ${text.length} characters; at most ${MOST_CHARACTERS} are read`);
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase() as ReferenceScheme | undefined;
  if (scheme === undefined)
    return invalid(`the reference "${printable(text)}" has none of the schemes https, s3, gs and file`);
  // A line break or a control character has no place in any of them, and could forge a log line.
  if (hasControlCharacters(text)) return invalid('the reference holds a control character');
  if (scheme === 's3' || scheme === 'gs') return parseObject(scheme, text);
  if (!URL.canParse(text)) return invalid(`the reference "${printable(text)}" is not a valid address`);
  const url = new URL(text);
  return scheme === 'file' ? parseFile(url) : parseAddress(scheme, url);
}

/** An object that a notification names, in which the key is given as it is. */
export function objectReference(
  scheme: 's3' | 'gs',
  bucket: string,
  key: string,
  version?: string,
): Reference | ReferenceRefusal {
  if (!/^[a-z0-9._-]{3,222}$/i.test(bucket))
    return invalid(`"${printable(bucket)}" is not the name of a bucket`);
  if (key === '' || Buffer.byteLength(key) > 1_024)
    return invalid('the key of an object has 1 to 1024 bytes');
  if (hasControlCharacters(key)) return invalid('the key of the object holds a control character');
  // Stores take keys literally, but a proxy in front of one may resolve such a path and leave the allowed folder.
  if (key.split('/').some((part) => part === '.' || part === '..'))
    return invalid('the key of the object has a part "." or ".."');
  const url = `${scheme}://${bucket}/${key}`;
  return {
    scheme,
    host: bucket,
    path: `/${key}`,
    query: '',
    ...(version !== undefined && { version }),
    url: version === undefined ? url : `${url}#${version}`,
    shown: shorten(url),
  };
}

/** `s3://bucket/key?versionId=v` and `gs://bucket/key#generation`, as the tools of the clouds write them. */
function parseObject(scheme: 's3' | 'gs', text: string): Reference | ReferenceRefusal {
  const [, bucket = '', rest = ''] = /^\w+:\/\/([^/]*)\/?([^]*)$/.exec(text) ?? [];
  const suffix = scheme === 's3' ? /\?versionId=([\w.~-]+)$/ : /#(\d{1,20})$/;
  const version = suffix.exec(rest)?.[1];
  const key = version === undefined ? rest : rest.replace(suffix, '');
  return objectReference(scheme, bucket, key, version);
}

function parseFile(url: URL): Reference | ReferenceRefusal {
  if (url.hostname !== '' && url.hostname !== 'localhost')
    return invalid('a file is on this machine: file:///folder/image.png');
  try {
    const path = fileURLToPath(`file://${url.pathname}`);
    if (path.includes('\0')) return invalid('the path of the file holds a control character');
    const own = `file://${path}`;
    return { scheme: 'file', host: '', path, query: '', url: own, shown: shorten(own) };
  } catch {
    return invalid('the path of the file has an encoded slash or is not valid');
  }
}

function parseAddress(scheme: 'https' | 'http', url: URL): Reference | ReferenceRefusal {
  if (url.username !== '' || url.password !== '')
    return invalid('the reference holds credentials; set them in references.authorization');
  url.hash = '';
  const { host, pathname: path, search: query, href } = url;
  return { scheme, host, path, query, url: href, shown: shorten(`${url.origin}${path}`) };
}

function hasControlCharacters(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function shorten(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?');
  return clean.length > MOST_SHOWN ? `${clean.slice(0, MOST_SHOWN)}…` : clean;
}

function invalid(message: string): ReferenceRefusal {
  return refuse('REFERENCE_INVALID', message);
}
