import { createHash } from 'node:crypto';
import { Backoff } from '../../core/async/backoff';
import { StreamInferError, isStreamInferError, type ErrorCode } from '../../core/errors';
import type { InvertMode } from '../../core/image';
import type { Resize } from '../../core/model-shape';
import type { Log } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import { Availability, type AvailabilityTimes } from '../availability';
import { OutsidePool } from '../outside-pool';
import type { InferencePool } from '../pool';
import { PreparedClient } from '../preparing/client';
import { PreparingThreads } from '../preparing/threads';
import { clientOf } from './client';
import { HttpCaller } from './http-caller';
import { openInferenceMetadata } from './open-inference';
import { RemoteCalls, type RemoteCallsOptions } from './remote-calls';
import { resolveModel } from './resolve';
import type { RemoteModel, ServerMetadata } from './server-model';
import type { RemoteSettings } from './settings';
import { tensorFlowServingMetadata } from './tensorflow-serving';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** A server that is starting may answer before it knows its models; after this time the name is wrong, ms. */
const UNKNOWN_MODEL_MS = 5_000;

interface StartTimes {
  readonly unknownModelMs?: number;
}

export interface RemotePoolOptions {
  readonly settings: RemoteSettings;
  readonly invert?: InvertMode | undefined;
  readonly resize?: Resize | undefined;
  readonly log: Log;
  /** Aborts the wait for the server's metadata. */
  readonly signal: AbortSignal;
  /** Called with the reason until the server answers, and with null at the end. */
  readonly onWait?: ((reason: string | null) => void) | undefined;
  /** Waits of the circuit breaker, and between failures of an image. */
  readonly times?: (AvailabilityTimes & Pick<RemoteCallsOptions, 'strikeGapMs'> & StartTimes) | undefined;
}

/**
 * Reads the model's metadata, for which it waits while the server is away. Rejects with CONFIG_INVALID where the
 * configuration does not fit the server, and with ABORTED.
 */
export async function createRemotePool(options: RemotePoolOptions): Promise<InferencePool> {
  const { settings, resize } = options;
  const caller = new HttpCaller(settings);
  const stop = (): void => caller.close();
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    const metadata = await untilAnswered(() => metadataOf(settings, caller), options);
    const model = resolveModel(settings, metadata, resize);
    return poolOf(caller, model, options);
  } catch (error) {
    caller.close();
    // Names of tensors come from the server. The cause would show the same text.
    if (isStreamInferError(error) && error.code === 'CONFIG_INVALID')
      throw new StreamInferError(error.code, caller.mask(error.message));
    throw error;
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
}

async function metadataOf(settings: RemoteSettings, caller: HttpCaller): Promise<ServerMetadata | null> {
  if (settings.protocol === 'custom') return null;
  const read = settings.protocol === 'open-inference' ? openInferenceMetadata : tensorFlowServingMetadata;
  const found = await read(settings, caller);
  const { labels, input } = settings;
  if (found !== null || (labels !== undefined && input.width !== undefined && input.height !== undefined))
    return found;
  // A server that is loading the model may not know it yet.
  throw new StreamInferError(
    'MODEL_UNAVAILABLE',
    `${new URL(settings.url).origin} has no metadata of the model ${settings.name ?? 'in the address'}; ` +
      'check model.name and model.protocol, or set model.labels and model.input.width and height',
  );
}

const WAITED_FOR: ReadonlySet<ErrorCode> = new Set(['MODEL_UNAVAILABLE', 'MODEL_MISSING']);

async function untilAnswered<T>(
  ask: () => Promise<T>,
  { settings, log, signal, onWait, times }: RemotePoolOptions,
): Promise<T> {
  const { unknownModelMs = UNKNOWN_MODEL_MS } = times ?? {};
  let unknownSince = Infinity;
  onWait?.(`waiting for ${new URL(settings.url).origin}`);
  const backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  for (;;) {
    if (signal.aborted) throw stopped();
    try {
      const found = await ask();
      onWait?.(null);
      return found;
    } catch (error) {
      if (signal.aborted) throw stopped();
      if (!isStreamInferError(error) || !WAITED_FOR.has(error.code)) throw error;
      unknownSince = error.code === 'MODEL_MISSING' ? Math.min(unknownSince, performance.now()) : Infinity;
      if (performance.now() - unknownSince >= unknownModelMs)
        throw new StreamInferError('CONFIG_INVALID', `model.name: ${error.message}`);
      if (backoff.tries === 0)
        log.warn({ reason: error.message }, 'the remote model is not available; retrying');
      onWait?.(error.message);
    }
    await backoff.wait(signal);
  }
}

function stopped(): StreamInferError {
  return new StreamInferError('ABORTED', 'stopped while waiting for the remote model');
}

function poolOf(
  caller: HttpCaller,
  model: RemoteModel,
  { settings, invert, log, times }: RemotePoolOptions,
): OutsidePool {
  const { concurrency } = settings;
  const availability = new Availability(log, times);
  const preparing = new PreparingThreads({
    settings: { shape: model.shape, remote: { settings, model } },
    ...{ calls: concurrency, log },
  });
  const sendsFiles = model.input.tensor === 'bytes';
  const client = new PreparedClient(clientOf(settings, model), preparing, sendsFiles);
  const { strikeGapMs } = times ?? {};
  return new OutsidePool({
    model: identityOf(settings, model),
    description: model.description,
    invert,
    workers: concurrency,
    calls: new RemoteCalls({ caller, client, model, availability, log, strikeGapMs }),
    availability,
    preparing,
  });
}

/** The checksum is of the address and the name: the weights are not known here. */
function identityOf({ url, name, protocol }: RemoteSettings, { version }: RemoteModel): ModelIdentity {
  const { hostname, pathname } = new URL(url);
  const inPath = /\/models\/([^/:]+)/.exec(pathname)?.[1];
  const number = /^[1-9]\d{0,8}$/.test(version ?? '') ? Number(version) : 1;
  return {
    name: name ?? (inPath === undefined ? hostname : decodeURIComponent(inPath)),
    version: number,
    sha256: createHash('sha256').update([protocol, url, name, version].join('\n')).digest('hex'),
    runtime: 'function',
    precision: 'fp32',
  };
}
