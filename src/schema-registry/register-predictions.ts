import type { Config } from '../config/schema';
import { Backoff } from '../core/async/backoff';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { frame } from './frame';
import { createPredictionCodec, predictionSchemaOf } from './prediction-codec';
import { RegistryClient, type RegistryAnswer } from './registry-client';
import { registrySettingsOf } from './settings';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export interface RegistrationOptions {
  /** Of the JSON Schema of the predictions. */
  readonly version: 1 | 2;
  /** Ends the wait; rejects with ABORTED. */
  readonly signal: AbortSignal;
  /** Why the registry is awaited, as a sentence; null when it has answered. */
  readonly onWait: (reason: string | null) => void;
  readonly log: Log;
}

/**
 * Makes sure that the registry has the schema of the predictions. Resolves with the form in which a prediction in JSON is
 * published; undefined where it is JSON without a schema. Rejects with CONFIG_INVALID where the registry refuses.
 */
export async function registerPredictions(
  config: Config,
  { version, ...options }: RegistrationOptions,
): Promise<((json: Buffer) => Buffer) | undefined> {
  const { schema: format, fields, topic } = config.output;
  const settings = registrySettingsOf(config);
  if (format === undefined || settings === null) return undefined;
  const client = new RegistryClient(settings, options.signal);
  const codec = await createPredictionCodec(format);
  const schema = predictionSchemaOf(format, version, fields);
  const subject = `${topic}-value`;
  const ask = () =>
    config.schemaRegistry.register ? client.register(subject, schema) : client.lookUp(subject, schema);
  const id = await untilAnswered(ask, subject, options);
  const start = frame(id);
  return (json) => Buffer.concat([start, codec.encode(json)]);
}

async function untilAnswered(
  ask: () => Promise<RegistryAnswer<number>>,
  subject: string,
  { signal, onWait, log }: Omit<RegistrationOptions, 'version'>,
): Promise<number> {
  const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  for (;;) {
    const answer = await ask();
    if (answer.kind === 'found') {
      if (backoff.tries > 0) log.info({ subject }, 'the schema registry answers; the start continues');
      onWait(null);
      return answer.value;
    }
    if (answer.kind !== 'unavailable') throw refusal(answer, subject);
    onWait(`${answer.reason}; retrying`);
    // Once for the whole wait: the reason of the moment is in the readiness.
    if (backoff.tries === 0)
      log.warn(
        { subject, reason: answer.reason },
        'the schema of the predictions is not registered; retrying',
      );
    await backoff.wait(signal);
    if (signal.aborted)
      throw new StreamInferError('ABORTED', 'stopped while the schema registry was awaited');
  }
}

function refusal(
  { kind, reason }: { readonly kind: 'unknown' | 'rejected'; readonly reason: string },
  subject: string,
): StreamInferError {
  const remedy =
    kind === 'unknown'
      ? 'register schema/prediction.* of this package, or set schemaRegistry.register: true'
      : 'remove the other schema of the subject, or use another output topic';
  return new StreamInferError('CONFIG_INVALID', `output.schema: ${reason} (subject ${subject}); ${remedy}`);
}
