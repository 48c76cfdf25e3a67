import { closeSync, openSync, readSync } from 'node:fs';

/** Formats of Java's keystores and truststores. */
type StoreKind = 'PEM' | 'PKCS12' | 'JKS';

/** Entries of a properties file for keystore and truststore, by key. */
export type StoreEntries = ReadonlyMap<string, string>;

/**
 * Keystore and truststore as librdkafka properties, by their type or, without one, by the content of the file.
 *
 * @throws Error for a store that librdkafka cannot read, with the command that converts it
 */
export function translateTruststore(entries: StoreEntries): Record<string, string> {
  const location = entries.get('ssl.truststore.location');
  if (!location) return {};
  const kind = kindOf(location, entries.get('ssl.truststore.type'));
  if (kind === 'PEM') return { 'ssl.ca.location': location };
  const convert =
    kind === 'PKCS12'
      ? `openssl pkcs12 -in ${location} -nokeys -out ca.pem`
      : `keytool -list -rfc -keystore ${location} > ca.pem`;
  throw new Error(
    `${location} is not a PEM file (${kind}); convert it with \`${convert}\` and replace the truststore by ` +
      'ssl.ca.location=ca.pem, or remove it where a public authority signed the certificate of the broker',
  );
}

/** See `translateTruststore`. */
export function translateKeystore(entries: StoreEntries): Record<string, string> {
  const location = entries.get('ssl.keystore.location');
  if (!location) return {};
  const kind = kindOf(location, entries.get('ssl.keystore.type'));
  // One file with the key and the chain of certificates.
  if (kind === 'PEM') return { 'ssl.certificate.location': location, 'ssl.key.location': location };
  if (kind === 'JKS')
    throw new Error(
      `${location} is a JKS file, which librdkafka cannot read; convert it with \`keytool -importkeystore ` +
        `-srckeystore ${location} -destkeystore keystore.p12 -deststoretype PKCS12\``,
    );
  const password = entries.get('ssl.keystore.password');
  return {
    'ssl.keystore.location': location,
    ...(password !== undefined && { 'ssl.keystore.password': password }),
  };
}

/** Java itself checks the content where the type is JKS or absent: it also reads a PKCS12 file. */
function kindOf(location: string, type: string | undefined): StoreKind {
  if (type?.toUpperCase() === 'PEM') return 'PEM';
  return kindByContent(location) ?? (type?.toUpperCase() === 'PKCS12' ? 'PKCS12' : kindByName(location));
}

function kindByName(location: string): StoreKind {
  if (/\.(pem|crt|cer)$/i.test(location)) return 'PEM';
  return /\.(p12|pfx)$/i.test(location) ? 'PKCS12' : 'JKS';
}

/** undefined for an unreadable file or another format. */
function kindByContent(location: string): StoreKind | undefined {
  const start = firstBytes(location);
  if (start.length < 4) return undefined;
  if (start.readUInt32BE(0) === 0xfeedfeed) return 'JKS';
  if (start.includes('-----BEGIN')) return 'PEM';
  // An ASN.1 sequence.
  return start[0] === 0x30 ? 'PKCS12' : undefined;
}

function firstBytes(location: string): Buffer {
  try {
    const file = openSync(location, 'r');
    try {
      const bytes = Buffer.alloc(8192);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
