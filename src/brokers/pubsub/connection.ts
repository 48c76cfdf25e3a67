import type { CallOptions } from 'google-gax';
import type { PubSub } from '@google-cloud/pubsub';

import type { Log } from '../../core/ports';
import { Reach } from '../reach';
import { GRPC, grpcCodeOf, toPubsubError } from './errors';
import { Outage } from './outage';
import type { PubsubSettings } from './settings';

/** The client requires a project, and the emulator accepts any. */
const EMULATOR_PROJECT = 'stream-infer-local';

/** For calls that the caller retries with back-off. */
export const ONE_TRY: CallOptions = { timeout: 5_000, retry: null };

/** Exists in no project; the answer "not found" shows that the broker is reachable and accepts the credentials. */
const NO_TOPIC = 'stream-infer-is-anybody-there';

/** One client for all sources, sinks and admins of a broker; the library is loaded on first use. */
export class PubsubConnection {
  readonly reach: Reach;
  readonly outage: Outage;
  #client: Promise<PubSub> | undefined;

  constructor(
    private readonly settings: PubsubSettings,
    log: Log,
  ) {
    this.reach = new Reach('Pub/Sub', log);
    this.outage = new Outage(this.reach);
  }

  client(): Promise<PubSub> {
    return (this.#client ??= this.#connect());
  }

  /** Rejects with BROKER_UNREACHABLE, or with BROKER_REFUSED for invalid credentials. */
  async probe(): Promise<void> {
    try {
      const client = await this.client();
      await client.topic(NO_TOPIC).getMetadata(ONE_TRY);
    } catch (error) {
      const code = grpcCodeOf(error);
      // A client with publish permission only may not read topics, but gets an answer.
      if (code === GRPC.NOT_FOUND || code === GRPC.PERMISSION_DENIED) return;
      throw toPubsubError(error, 'Pub/Sub', 'BROKER_UNREACHABLE');
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.close();
  }

  async #connect(): Promise<PubSub> {
    const { PubSub } = await import('@google-cloud/pubsub');
    const projectId = this.settings.project ?? (emulated() ? emulatorProject() : undefined);
    const client = new PubSub({
      ...(projectId === undefined ? {} : { projectId }),
      // Otherwise the client queries Google's metadata server for credentials that the emulator does not need.
      ...(emulated() ? { clientOptions: { universeDomain: 'googleapis.com' } } : {}),
      // gRPC's own back-off increases to two minutes, which delays the recovery after an outage.
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2_000,
    } as ConstructorParameters<typeof PubSub>[0]);
    // The client splits the address at each colon, which leaves "[" of an IPv6 address. Connections are created
    // later.
    Object.assign(client.options, ipv6Endpoint(process.env['PUBSUB_EMULATOR_HOST']));
    return client;
  }
}

/** Host and port of `[::1]:8085`, also as a URL; nothing for other addresses. */
export function ipv6Endpoint(address = ''): { servicePath: string; port: number } | undefined {
  const [, host, port] = /^(?:https?:\/\/)?(\[[0-9a-f:.]+\])(?::(\d+))?\/*$/i.exec(address) ?? [];
  if (host === undefined) return undefined;
  return { servicePath: host, port: port === undefined ? 80 : Number(port) };
}

function emulated(): boolean {
  return Boolean(process.env['PUBSUB_EMULATOR_HOST']);
}

function emulatorProject(): string {
  const env = process.env;
  return env['PUBSUB_PROJECT_ID'] || env['GOOGLE_CLOUD_PROJECT'] || env['GCLOUD_PROJECT'] || EMULATOR_PROJECT;
}
