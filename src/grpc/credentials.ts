import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { StreamInferError, messageOf } from '../core/errors';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reads both files. Rejects with FILE_UNREADABLE, or with CONFIG_INVALID where they are not a pair. */
export async function readCredentials({ cert, key }: TlsFiles): Promise<{ cert: Buffer; key: Buffer }> {
  const [certBytes, keyBytes] = await Promise.all([read('grpc.tls.cert', cert), read('grpc.tls.key', key)]);
  try {
    createSecureContext({ cert: certBytes, key: keyBytes });
  } catch (error) {
    throw new StreamInferError(
      'CONFIG_INVALID',
      `grpc.tls: ${cert} and ${key} are not a certificate and its private key in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { cert: certBytes, key: keyBytes };
}

async function read(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new StreamInferError('FILE_UNREADABLE', `${setting}: ${messageOf(error)}`, { cause: error });
  }
}
