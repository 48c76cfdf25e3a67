import type { Log } from '../../../core/ports';
import type { NativeSdk } from '../native';
import type { KafkaSettings } from '../settings';
import { withTokens } from './authenticated-sdk';
import { TokenKeeper } from './keeper';
import { planIdentity } from './plan';

export interface Authenticated {
  /** Each of its clients gets tokens, if the settings ask for them. */
  readonly sdk: NativeSdk;
  readonly settings: KafkaSettings;
  /** To close after the last client. */
  readonly tokens: TokenKeeper | undefined;
}

/** For callers that report every failure themselves. */
const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Throws CONFIG_INVALID for a missing or contradictory setting of the identity. Connects to nothing. */
export function authenticate(given: KafkaSettings, native: NativeSdk, log: Log = SILENT): Authenticated {
  const { properties, provider } = planIdentity(given);
  const settings = { ...given, properties };
  if (provider === undefined) return { sdk: native, settings, tokens: undefined };
  const tokens = new TokenKeeper(provider, log);
  return { sdk: withTokens(native, tokens, log), settings, tokens };
}
