import { accessSync, constants, statSync } from 'node:fs';
import type { Config } from '../config/schema';
import { whyUnreadable } from '../config/why-unreadable';
import { StreamInferError } from '../core/errors';

/**
 * Looks at the files that settings name and that are read only later, by the gRPC server and the token client. Throws
 * CONFIG_INVALID for the first one that cannot be read.
 */
export function assertNamedFiles({ grpc, kafka }: Config): void {
  const files = {
    'grpc.tls.cert': grpc.tls.cert,
    'grpc.tls.key': grpc.tls.key,
    'kafka.oidc.assertionFile': kafka.oidc.assertionFile,
  };
  for (const [setting, file] of Object.entries(files)) if (file !== undefined) assertReadable(setting, file);
}

function assertReadable(setting: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  } catch (error) {
    const message = `${setting}: cannot read ${file}: ${whyUnreadable(error)}; check the path and its permissions`;
    throw new StreamInferError('CONFIG_INVALID', message, { cause: error });
  }
}
