import type { Config } from '../config/schema';
import { isAddress } from '../core/remote-model';
import type { RemoteSettings } from '../inference/remote/settings';

/** Requests at a time, where `inference.workers` does not say it: waiting for a server costs no processor. */
const CONCURRENCY = 4;

/** Null where the model is not a remote one. */
export function remoteSettingsOf({ inference, model }: Config): RemoteSettings | null {
  if (!isAddress(inference.model)) return null;
  const { token, headers, timeout, ...settings } = model;
  return {
    ...settings,
    url: inference.model,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    timeoutMs: timeout,
    concurrency: inference.workers === 'auto' ? CONCURRENCY : inference.workers,
  };
}
