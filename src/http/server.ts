import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { createApp } from './app';
import { Connections, type ConnectionLimits } from './connections';
import { createLiveFeed, type LiveFeed } from './live-feed';
import { answerUnroutable } from './problems';
import { isLoopback } from './security';
import type { HttpServices } from './services';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Needed when listening beyond loopback. */
  readonly token?: string;
  /** Names, besides loopback and `host`, under which clients reach this server. */
  readonly allowedHosts?: readonly string[];
  readonly services: HttpServices;
  readonly log: Log;
  /** Tests set them. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface HttpServer {
  /** For people: http://localhost:8080 */
  readonly url: string;
  readonly port: number;
  /** Its open pages, for the metrics. */
  readonly liveFeed: Pick<LiveFeed, 'clients' | 'skipped'>;
  /** Stops listening, ends the live streams and gives running requests `budgetMs` to finish. */
  close(budgetMs: number): Promise<void>;
}

/** Slow senders of headers or bodies are cut off after these times, ms. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
/** Node looks for them every 30 s unless told otherwise. */
const TIMEOUT_CHECK = 2_000;
const LIMITS: ConnectionLimits = { connections: 1024, pipelined: 32 };

/** Rejects with TOKEN_REQUIRED beyond loopback without a token, with PORT_TAKEN, or with USAGE when the address cannot be used. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  requireTokenBeyondLoopback(options);
  const feed = createLiveFeed(options.services);
  const app = createApp({ ...options, feed }) as RequestHandler;
  const route = (request: Request, response: Response): void =>
    void app(request, response, () => answerUnroutable(request, response));
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: TIMEOUT_CHECK,
    },
    (request, response) => {
      // Express makes its own kind of request and response of what it is given.
      if (connections.begin(request.socket, response)) route(request as Request, response as Response);
    },
  );
  const connections = new Connections(server, { ...LIMITS, ...options.limits });
  const { port } = await listen(server, options);
  return {
    url: `http://${urlHost(options.host)}:${port}`,
    port,
    liveFeed: feed,
    close: async (budgetMs) => {
      feed.close();
      await closeServer(server, budgetMs);
    },
  };
}

async function listen(server: Server, { host, port }: HttpServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve(server.address() as AddressInfo);
    });
  });
}

async function closeServer(server: Server, budgetMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = new AbortController();
  const overBudget = delay(budgetMs, undefined, { signal: timer.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await closed;
  timer.abort();
  await overBudget;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): StreamInferError {
  if (error.code === 'EADDRINUSE') {
    const remedy = `Choose another with --port ${port + 1}, or let the system choose with --port 0.`;
    return new StreamInferError(
      'PORT_TAKEN',
      `Port ${port} on ${host} is taken by another program. ${remedy}`,
      { cause: error },
    );
  }
  return new StreamInferError(
    'USAGE',
    `Cannot listen on ${host}:${port}: ${error.message}. See --host and --port.`,
    { cause: error },
  );
}

/** Throws TOKEN_REQUIRED. */
export function requireTokenBeyondLoopback({ host, token }: Pick<HttpServerOptions, 'host' | 'token'>): void {
  if (isLoopback(host) || token !== undefined) return;
  throw new StreamInferError(
    'TOKEN_REQUIRED',
    `Listening on ${host} is open to other machines: add --token <secret>, or use --host 127.0.0.1.`,
  );
}

function urlHost(host: string): string {
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
