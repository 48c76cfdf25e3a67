import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { PushEndpoint } from './endpoint';
import { SigningKeys } from './signing-keys';
import { PushSource } from './source';
import { TokenVerifier } from './token-verifier';

/** Pushed messages as a source, and the endpoint that takes them. */
export interface Push {
  readonly source: PushSource;
  readonly endpoint: PushEndpoint;
}

/**
 * Throws CONFIG_INVALID when the signatures of tokens should be verified by Cloud Run, and this is another platform.
 *
 * @param refusal why no message can be taken now, or null
 */
export function createPush(
  config: Config,
  refusal: () => string | null,
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Push {
  const { push } = config.pubsub;
  // Anyone could send such a token where no front end verifies and replaces the signatures.
  if (push.verifiedBy === 'cloud-run' && !env['K_SERVICE'])
    throw new StreamInferError(
      'CONFIG_INVALID',
      'pubsub.push.verifiedBy: this process does not run on Cloud Run (K_SERVICE is not set); remove the setting',
    );
  const source = new PushSource();
  const endpoint = new PushEndpoint({
    source,
    verifier: push.audiences.length === 0 ? null : new TokenVerifier(push, new SigningKeys(push.issuer)),
    topic: config.input.topic,
    limits: { messages: config.inference.maxInFlight, bytes: config.inference.maxInFlightBytes },
    refusal,
    log,
  });
  return { source, endpoint };
}
