import type { Request, Response } from 'express';
import type { EventBuffer, Session } from 'better-sse' with { 'resolution-mode': 'import' };
import { StreamInferError } from '../core/errors';
import type { NoticedEvent } from '../core/event';
import type { Outcome, PredictionOutcome } from '../core/prediction';
import { toModelFrame, toStatsFrame } from './frames';
import type { HttpServices } from './services';
import type { AlertFrame, PredictionFrame } from './schemas/stream';

export interface LiveFeedOptions {
  readonly maxClients?: number;
  readonly sampleMs?: number;
  readonly statsMs?: number;
  /** A client that could take nothing for so long is dropped. */
  readonly patienceMs?: number;
  /** ms on a monotonic clock, for patience; tests set it. */
  readonly now?: () => number;
}

export interface LiveFeed {
  /** Answers with a stream of events. Rejects with NOT_READY when there are too many clients. */
  connect(request: Request, response: Response): Promise<void>;
  readonly clients: number;
  /** Frames not sent to clients that were behind, since the start. */
  readonly skipped: number;
  close(): void;
}

interface Client {
  readonly session: Session;
  readonly response: Response;
  /** When it was first seen with unsent bytes; null when it keeps up. */
  behindSince: number | null;
}

const MAX_CLIENTS = 200;
const SAMPLE_MS = 500;
const STATS_MS = 1000;
const PATIENCE_MS = 10_000;
/** What the page can show in a tick without becoming a blur: more would only cost. */
const SAMPLE_SIZE = 12;
const RECONNECT_MS = 2000;
/** What is shown of a message's headers: they may be long, and are sent to every page. */
const MAX_HEADERS = 20;
const MAX_HEADER_LENGTH = 200;

/** Declares itself as an ES module only, which CommonJS can load in this way alone. */
const loadSse = () => import('better-sse');
type Sse = Awaited<ReturnType<typeof loadSse>>;

/**
 * The server-sent events behind the page. A frame is encoded once, and the same bytes are written to all clients. better-sse has no
 * back-pressure: a client whose socket still holds an earlier frame is skipped, so that it never holds more than one.
 * Nothing runs while nobody listens.
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
    const hushAlerts = services.events.onAlert((event) =>
      broadcast(createEventBuffer().push(toAlertFrame(event), 'alert')),
    );
    return () => {
      for (const timer of timers) clearInterval(timer);
      unsubscribe();
      hushAlerts();
      sample.take();
    };
  }

  function sendSample(frame: EventBuffer): void {
    for (const outcome of sample.take()) frame.push(toPredictionFrame(outcome), 'prediction');
    // Also without news: this is when clients that stay behind are noticed.
    broadcast(frame);
  }

  function sendStats(frame: EventBuffer): void {
    frame.push(toStatsFrame(services), 'stats').push(services.lag(), 'lag');
    const model = JSON.stringify(toModelFrame(services));
    if (model !== sentModel) frame.push(toModelFrame(services), 'model');
    sentModel = model;
    broadcast(frame);
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
    // Not `end`: that would wait for the reader who does not read.
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
      // A proxy in front must not collect frames either.
      headers: { 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' },
    });
    return { session, response, behindSince: null };
  }

  function add(sse: Sse, client: Client): void {
    // Both may have happened while the session was opened.
    if (closed || !client.session.isConnected) return void client.response.end();
    clients.add(client);
    client.response.once('close', () => remove(client));
    const first = sse.createEventBuffer().push(toModelFrame(services), 'model');
    send(client, encode(first.push(toStatsFrame(services), 'stats').push(services.lag(), 'lag')));
    stop ??= start(sse);
  }

  return {
    async connect(request, response) {
      if (closed || clients.size + opening >= maxClients) {
        throw new StreamInferError(
          'NOT_READY',
          `There are ${maxClients} live pages open already; close one.`,
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

/** Past the session, which takes text only: that would be encoded anew for every client. */
function send(client: Client, bytes: Buffer): void {
  if (client.session.isConnected) client.response.write(bytes);
}

function toPredictionFrame({ prediction, pixels, delivery }: PredictionOutcome): PredictionFrame {
  const headers = delivery.headers
    .slice(0, MAX_HEADERS)
    .map(([name, value]) => [shorten(name), shorten(value)] as const);
  return { ...prediction, pixels: Buffer.from(pixels).toString('base64'), headers };
}

function toAlertFrame({ alert, rule, severity, description, at }: NoticedEvent): AlertFrame {
  return { number: alert ?? 0, rule, severity, description, at };
}

function shorten(value: string | Buffer): string {
  const text = typeof value === 'string' ? value : value.toString('utf8', 0, 4 * MAX_HEADER_LENGTH);
  return text.length > MAX_HEADER_LENGTH ? `${text.slice(0, MAX_HEADER_LENGTH)}…` : text;
}

/** Keeps a fair choice of at most `size` of everything offered since the last `take` (reservoir sampling, Algorithm R). */
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
        const slot = kept.length < size ? kept.length : Math.floor(Math.random() * seen);
        if (slot < size) kept[slot] = outcome;
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
