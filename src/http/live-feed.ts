import type { Request, Response } from 'express';
import type { EventBuffer, Session } from 'better-sse' with { 'resolution-mode': 'import' };
import { StreamInferError } from '../core/errors';
import type { RuleEvent } from '../core/event';
import { isDefaultSize, pictureOf } from '../core/picture';
import type { Outcome, PredictionOutcome } from '../core/prediction';
import { toModelFrame, toStatsFrame } from './frames';
import type { HttpServices } from './services';
import type { AlertFrame, PredictionFrame } from './schemas/stream';

export interface LiveFeedOptions {
  readonly maxClients?: number;
  readonly sampleMs?: number;
  readonly statsMs?: number;
  /** A client that reads nothing for this time is dropped, ms. */
  readonly patienceMs?: number;
  /** Monotonic clock, ms; set by tests. */
  readonly now?: () => number;
}

export interface LiveFeed {
  /** Answers with a stream of events. Rejects with NOT_READY at the client limit. */
  connect(request: Request, response: Response): Promise<void>;
  readonly clients: number;
  /** Frames skipped for slow clients since the start. */
  readonly skipped: number;
  close(): void;
}

interface Client {
  readonly session: Session;
  readonly response: Response;
  /** Time since which it has unsent bytes; null if it keeps up. */
  behindSince: number | null;
}

const MAX_CLIENTS = 200;
const SAMPLE_MS = 500;
const STATS_MS = 1000;
const PATIENCE_MS = 10_000;
/** Predictions per tick; the page cannot show more. */
const SAMPLE_SIZE = 12;
const RECONNECT_MS = 2000;
/** Headers are shortened, because they are sent to every page. */
const MAX_HEADERS = 20;
const MAX_HEADER_LENGTH = 200;

/** An ES module, which CommonJS must import dynamically. */
const loadSse = () => import('better-sse');
type Sse = Awaited<ReturnType<typeof loadSse>>;

/**
 * The server-sent events of the page. A frame is encoded once and written to all clients. better-sse has no back-pressure,
 * so a client with an unsent frame is skipped. Without clients nothing runs.
 */
export function createLiveFeed(services: HttpServices, options: LiveFeedOptions = {}): LiveFeed {
  const {
    maxClients = MAX_CLIENTS,
    sampleMs = SAMPLE_MS,
    statsMs = STATS_MS,
    patienceMs = PATIENCE_MS,
    now = () => performance.now(),
  } = options;
  const clients = new Set<Client>();
  const sample = createSample(SAMPLE_SIZE);
  let stop: (() => void) | null = null;
  let sentModel = '';
  let skipped = 0;
  let opening = 0;
  let closed = false;

  function start({ createEventBuffer }: Sse): () => void {
    const timers = [
      setInterval(() => sendSample(createEventBuffer()), sampleMs),
      setInterval(() => sendStats(createEventBuffer()), statsMs),
    ];
    const unsubscribe = services.onOutcomes(sample.offer);
    const unsubscribeAlerts = services.events.onAlert((event) =>
      broadcast(createEventBuffer().push(toAlertFrame(event), 'alert')),
    );
    return () => {
      for (const timer of timers) clearInterval(timer);
      unsubscribe();
      unsubscribeAlerts();
      sample.take();
    };
  }

  function sendSample(frame: EventBuffer): void {
    for (const outcome of sample.take()) frame.push(toPredictionFrame(outcome), 'prediction');
    // Also without predictions, because this detects clients that stay behind.
    broadcast(frame);
  }

  function sendStats(frame: EventBuffer): void {
    pushStats(frame);
    const model = JSON.stringify(toModelFrame(services));
    if (model !== sentModel) frame.push(toModelFrame(services), 'model');
    sentModel = model;
    broadcast(frame);
  }

  function pushStats(frame: EventBuffer): void {
    const lag = services.lag();
    frame.push(toStatsFrame(services, lag), 'stats').push(lag, 'lag');
  }

  function broadcast(frame: EventBuffer): void {
    const bytes = encode(frame);
    for (const client of clients) {
      if (client.response.writableNeedDrain) leaveBehind(client);
      else {
        client.behindSince = null;
        if (bytes.length > 0) send(client, bytes);
      }
    }
  }

  function leaveBehind(client: Client): void {
    skipped++;
    client.behindSince ??= now();
    if (now() - client.behindSince >= patienceMs) drop(client);
  }

  function drop(client: Client): void {
    remove(client);
    // Not `end`, which would wait for a client that does not read.
    client.response.destroy();
  }

  function remove(client: Client): void {
    if (!clients.delete(client) || clients.size > 0) return;
    stop?.();
    stop = null;
  }

  async function open(sse: Sse, request: Request, response: Response): Promise<Client> {
    const session = await sse.createSession(request, response, {
      keepAlive: null,
      retry: RECONNECT_MS,
      // Proxies must not buffer frames either.
      headers: { 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' },
    });
    return { session, response, behindSince: null };
  }

  function add(sse: Sse, client: Client): void {
    // The feed or the client may have closed while the session was opening.
    if (closed || !client.session.isConnected) return void client.response.end();
    clients.add(client);
    client.response.once('close', () => remove(client));
    const first = sse.createEventBuffer().push(toModelFrame(services), 'model');
    pushStats(first);
    send(client, encode(first));
    stop ??= start(sse);
  }

  return {
    async connect(request, response) {
      if (closed || clients.size + opening >= maxClients) {
        throw new StreamInferError(
          'NOT_READY',
          `${maxClients} clients of the live feed are connected, which is the limit; close one`,
        );
      }
      opening++;
      try {
        const sse = await loadSse();
        add(sse, await open(sse, request, response));
      } finally {
        opening--;
      }
    },
    get clients() {
      return clients.size;
    },
    get skipped() {
      return skipped;
    },
    close() {
      closed = true;
      for (const client of [...clients]) {
        remove(client);
        client.response.end();
      }
    },
  };
}

function encode(frame: EventBuffer): Buffer {
  return Buffer.from(frame.read());
}

/** Bypasses the session, which would encode the text again for every client. */
function send(client: Client, bytes: Buffer): void {
  if (client.session.isConnected) client.response.write(bytes);
}

function toPredictionFrame(outcome: PredictionOutcome): PredictionFrame {
  const { delivery, decoded } = outcome;
  const prediction = { ...outcome.prediction, ...(decoded?.original && { original: decoded.original }) };
  const picture = pictureOf(outcome);
  const headers = delivery.headers
    .slice(0, MAX_HEADERS)
    .map(([name, value]) => [shorten(name), shorten(value)] as const);
  const pixels = Buffer.from(picture?.pixels ?? []).toString('base64');
  if (picture === undefined || isDefaultSize(picture)) return { ...prediction, pixels, headers };
  const { width, height, channels } = picture;
  return { ...prediction, pixels, image: { width, height, channels }, headers };
}

function toAlertFrame({ alert, rule, severity, description, at }: RuleEvent): AlertFrame {
  return { number: alert ?? 0, rule, severity, description, at };
}

function shorten(value: string | Buffer): string {
  const text = typeof value === 'string' ? value : value.toString('utf8', 0, 4 * MAX_HEADER_LENGTH);
  return text.length > MAX_HEADER_LENGTH ? `${text.slice(0, MAX_HEADER_LENGTH)}…` : text;
}

/** Uniform sample of at most `size` predictions since the last `take` (reservoir sampling, Algorithm R). */
function createSample(size: number): {
  offer: (outcomes: readonly Outcome[]) => void;
  take(): PredictionOutcome[];
} {
  let kept: PredictionOutcome[] = [];
  let seen = 0;
  return {
    offer(outcomes) {
      for (const outcome of outcomes) {
        if (outcome.kind !== 'prediction') continue;
        seen++;
        const position = kept.length < size ? kept.length : Math.floor(Math.random() * seen);
        if (position < size) kept[position] = outcome;
      }
    },
    take() {
      const taken = kept;
      kept = [];
      seen = 0;
      return taken;
    },
  };
}
