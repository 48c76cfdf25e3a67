/** An HTTP server with images, and with paths that misbehave in all ways that a server can. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export class HostileImages {
  readonly seen: SeenRequest[] = [];
  /** Answers to every path, in place of the usual ones. */
  outage: ((response: ServerResponse) => void) | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(private readonly image: Buffer) {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  count(path: string): number {
    return this.seen.filter((one) => one.path === path && one.method === 'GET').length;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, path: url, headers });
    response.on('error', () => undefined);
    if (this.outage !== null) return this.outage(response);
    const [path = '', query = ''] = url.split('?');
    const status = /^\/status\/(\d{3})/.exec(path)?.[1];
    if (status !== undefined) {
      response.writeHead(Number(status), status === '429' ? { 'retry-after': '7' } : {}).end('no');
      return;
    }
    const behaviour = BEHAVIOURS[path];
    if (behaviour !== undefined) return behaviour(response, this.image, this.#timers, request);
    if (path === '/redirect') {
      response.writeHead(302, { location: decodeURIComponent(query) }).end();
      return;
    }
    response.writeHead(404).end();
  }
}

type Behaviour = (
  response: ServerResponse,
  image: Buffer,
  timers: Set<NodeJS.Timeout>,
  request: IncomingMessage,
) => void;

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  '/image.png': (response, image) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': image.length }).end(image);
  },
  '/tagged.png': (response, image, _, request) => {
    const headers = { 'content-type': 'image/png', etag: '"v1"' };
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(image);
  },
  '/never': () => undefined,
  /** Headers, and then silence. */
  '/stalls': (response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('x');
  },
  '/drips': (response, _, timers) => {
    response.writeHead(200);
    timers.add(setInterval(() => response.write('x'), 20));
  },
  '/endless': (response, _, timers) => {
    response.writeHead(200);
    timers.add(setInterval(() => response.write(Buffer.alloc(65_536)), 1));
  },
  '/declares-much': (response) => {
    response.writeHead(200, { 'content-length': 1e12 });
    response.write('x');
  },
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('x', () => response.destroy());
  },
  '/reset': (response) => response.destroy(),
  '/gzip': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from([0x1f, 0x8b]));
  },
  '/no-http': (response) => {
    response.socket?.end('hello\r\n\r\n');
  },
  '/huge-headers': (response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`);
  },
  '/unchanged': (response) => {
    response.writeHead(304).end();
  },
  '/empty': (response) => {
    response.writeHead(200).end();
  },
  '/loop': (response) => {
    response.writeHead(302, { location: '/loop' }).end();
  },
  '/redirect-nowhere': (response) => {
    response.writeHead(302).end();
  },
};
