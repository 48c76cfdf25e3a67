import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { StreamInferError } from '../core/errors';
import { isLoopback } from '../core/loopback';
import type { Log } from '../core/ports';
import { createApp } from './app';
import { Connections, type ConnectionLimits } from './connections';
import { createLiveFeed, type LiveFeed } from './live-feed';
import { answerUnroutable } from './problems';
import type { HttpServices } from './services';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** Required beyond loopback. */
  readonly token?: string;
  /** Host names of this server besides loopback and `host`. */
  readonly allowedHosts?: readonly string[];
  readonly services: HttpServices;
  readonly log: Log;
  /** Set by tests. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface HttpServer {
  /** URL to show, such as http://localhost:8080. */
  readonly url: string;
  readonly port: number;
  /** Clients of the live feed, for the metrics. */
  readonly liveFeed: Pick<LiveFeed, 'clients' | 'skipped'>;
  /** Stops listening, closes the live feed and waits up to `budgetMs` for running requests. */
  close(budgetMs: number): Promise<void>;
}

/** Time limits for sending headers and the whole request, ms. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
/**
 * An idle connection stays open longer than with load balancers (60 s) and other clients. A request that crosses the
 * closing of its connection fails, and may not be repeated. `Connections` drops idle ones when room is needed, ms.
 */
const KEEP_ALIVE_TIMEOUT = 72_000;
/** Interval of the time limit checks, ms; the default of Node is 30 s. */
const TIMEOUT_CHECK = 2_000;
const LIMITS: ConnectionLimits = { connections: 1024, pipelined: 32 };

/** Rejects with TOKEN_REQUIRED beyond loopback without a token, with PORT_TAKEN, or with USAGE for an invalid address. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  requireTokenBeyondLoopback(options);
  const { handle, feed } = createHandler(options);
  const { url, port, close } = await listenHttp(options, handle);
  return {
    url,
    port,
    liveFeed: feed,
    close: async (budgetMs) => {
      feed.close();
      await close(budgetMs);
    },
  };
}

type Handle = (request: Request, response: Response) => void;

/** All routes of one set of services, and their live feed. */
export function createHandler(options: Omit<HttpServerOptions, 'port'>): {
  readonly handle: Handle;
  readonly feed: LiveFeed;
} {
  const feed = createLiveFeed(options.services);
  const app = createApp({ ...options, feed }) as RequestHandler;
  const handle: Handle = (request, response) =>
    void app(request, response, () => answerUnroutable(request, response));
  return { handle, feed };
}

/** Rejects with PORT_TAKEN, or with USAGE for an invalid address. */
export async function listenHttp(
  options: Pick<HttpServerOptions, 'host' | 'port' | 'limits'>,
  handle: Handle,
): Promise<Pick<HttpServer, 'url' | 'port' | 'close'>> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      connectionsCheckingInterval: TIMEOUT_CHECK,
    },
    (request, response) => {
      // Express replaces the prototypes of request and response.
      if (connections.begin(request.socket, response)) handle(request as Request, response as Response);
    },
  );
  const connections = new Connections(server, { ...LIMITS, ...options.limits });
  const { port } = await listen(server, options);
  return {
    url: `http://${urlHost(options.host)}:${port}`,
    port,
    close: (budgetMs) => closeServer(server, budgetMs),
  };
}

async function listen(
  server: Server,
  { host, port }: Pick<HttpServerOptions, 'host' | 'port'>,
): Promise<AddressInfo> {
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
    const remedy = `choose another port with --port ${port + 1}, or any free port with --port 0`;
    return new StreamInferError(
      'PORT_TAKEN',
      `port ${port} on ${host} is in use by another program; ${remedy}`,
      { cause: error },
    );
  }
  return new StreamInferError(
    'USAGE',
    `cannot listen on ${host}:${port}: ${error.message}; see --host and --port`,
    { cause: error },
  );
}

/** Throws TOKEN_REQUIRED. */
export function requireTokenBeyondLoopback({ host, token }: Pick<HttpServerOptions, 'host' | 'token'>): void {
  if (isLoopback(host) || token !== undefined) return;
  throw new StreamInferError(
    'TOKEN_REQUIRED',
    `listening on ${host} exposes the server to other machines; add --token <secret>, or use --host 127.0.0.1`,
  );
}

function urlHost(host: string): string {
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
