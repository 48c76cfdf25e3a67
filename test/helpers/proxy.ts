/** A TCP proxy between a client and a server on loopback, with faults controlled by the test. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Buffer limit of one direction of a connection, bytes. */
const HELD_BYTES = 256 * 1024;

/**
 * pass: forwards bytes with `latencyMs` and at most `bytesPerSecond` per direction of a connection.
 * black hole: accepts new connections but forwards nothing. `heal` resumes everything.
 * half-open: a black hole in which the server side of every connection is closed without notice to the client.
 */
type Mode = 'pass' | 'black hole' | 'half-open';

export class Proxy {
  latencyMs = 0;
  bytesPerSecond = Infinity;
  /** Connections since the start. */
  accepted = 0;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #mode: Mode = 'pass';
  #targetPort = 0;
  #budget = Infinity;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client) => this.#accept(client));
  }

  /** Listens on a free loopback port and forwards to `to`. */
  static async start(): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Proxy(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Number of open connections. */
  get open(): number {
    return this.#links.size;
  }

  to(port: number): void {
    this.#targetPort = port;
  }

  blackHole(): void {
    this.#mode = 'black hole';
    for (const link of this.#links) link.hold();
  }

  halfOpen(): void {
    this.#mode = 'half-open';
    for (const link of this.#links) link.abandon();
  }

  /** Sends a TCP reset to both ends of every connection. */
  resetAll(): void {
    for (const link of [...this.#links]) link.reset();
  }

  /** Forwards the next `bytes` from the server, then resets that connection once. */
  cutAfter(bytes: number): void {
    this.#budget = bytes;
  }

  /** Back to passing everything on at once. What a black hole held back comes through now; half-open ends stay dead. */
  heal(): void {
    this.#mode = 'pass';
    this.latencyMs = 0;
    this.bytesPerSecond = Infinity;
    this.#budget = Infinity;
    for (const link of this.#links) link.release();
  }

  async close(): Promise<void> {
    this.resetAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    this.accepted++;
    const link = new Link(client, this.#targetPort, {
      delayMs: () => this.latencyMs,
      bytesPerSecond: () => this.bytesPerSecond,
      onAnswer: (bytes) => this.#spend(bytes),
      onEnd: () => this.#links.delete(link),
    });
    this.#links.add(link);
    if (this.#mode === 'pass') link.release();
    else if (this.#mode === 'half-open') link.abandon();
  }

  /** Number of bytes to forward; if fewer than all, the connection is closed. */
  #spend(bytes: number): number {
    const passing = Math.min(bytes, this.#budget);
    this.#budget = passing < bytes ? Infinity : this.#budget - bytes;
    return passing;
  }
}

interface Conditions {
  readonly delayMs: () => number;
  readonly bytesPerSecond: () => number;
  /** Called with a number of bytes from the server; returns the number to forward. */
  readonly onAnswer: (bytes: number) => number;
  readonly onEnd: () => void;
}

/** One connection. It connects to the server when it is first released. */
class Link {
  #upstream: Socket | undefined;
  #lanes: Lane[] = [];
  #abandoned = false;
  #ended = false;

  constructor(
    private readonly client: Socket,
    private readonly targetPort: number,
    private readonly conditions: Conditions,
  ) {
    client.setNoDelay(true);
    client.pause();
    client.on('error', () => this.#end());
    client.on('close', () => this.#end());
  }

  hold(): void {
    for (const lane of this.#lanes) lane.hold();
  }

  release(): void {
    if (this.#abandoned || this.#ended) return;
    if (this.#upstream === undefined) this.#connect();
    for (const lane of this.#lanes) lane.release();
  }

  abandon(): void {
    this.#abandoned = true;
    for (const lane of this.#lanes) lane.end();
    this.#upstream?.destroy();
    // Accepts and drops the client's bytes, like a network.
    this.client.resume();
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.#upstream?.resetAndDestroy();
    this.#end();
  }

  #connect(): void {
    const upstream = connect(this.targetPort, '127.0.0.1');
    this.#upstream = upstream;
    upstream.setNoDelay(true);
    upstream.on('error', () => undefined);
    upstream.on('close', () => {
      if (!this.#abandoned) this.#end();
    });
    const onCut = (): void => this.reset();
    const { conditions } = this;
    this.#lanes = [
      new Lane(this.client, upstream, conditions, (bytes) => bytes, onCut),
      new Lane(upstream, this.client, conditions, (bytes) => conditions.onAnswer(bytes), onCut),
    ];
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const lane of this.#lanes) lane.end();
    this.client.destroy();
    this.#upstream?.destroy();
    this.conditions.onEnd();
  }
}

/** One direction of a connection: bytes are queued until they are due. */
class Lane {
  #waiting: { readonly chunk: Buffer; readonly due: number; readonly cut: boolean }[] = [];
  #bytes = 0;
  /** When the last bit so far has gone through a wire of that width. */
  #wireFreeAt = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #holding = false;
  #over = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly conditions: Conditions,
    private readonly admit: (bytes: number) => number,
    private readonly onCut: () => void,
  ) {
    from.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  hold(): void {
    this.#holding = true;
    this.from.pause();
  }

  release(): void {
    this.#holding = false;
    this.from.resume();
    this.#pass();
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    const passing = this.admit(chunk.length);
    const now = performance.now();
    const { bytesPerSecond, delayMs } = this.conditions;
    this.#wireFreeAt = Math.max(now, this.#wireFreeAt) + (chunk.length / bytesPerSecond()) * 1_000;
    this.#lastDue = Math.max(this.#lastDue, this.#wireFreeAt + delayMs());
    this.#waiting.push({
      chunk: chunk.subarray(0, passing),
      due: this.#lastDue,
      cut: passing < chunk.length,
    });
    this.#bytes += chunk.length;
    if (this.#bytes > HELD_BYTES) this.from.pause();
    this.#pass();
  }

  #pass(): void {
    if (this.#holding || this.#over) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    for (let next = this.#waiting[0]; next !== undefined && next.due <= now; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytes -= next.chunk.length;
      if (!this.to.destroyed) this.to.write(next.chunk);
      if (next.cut) return this.onCut();
    }
    if (this.#bytes <= HELD_BYTES) this.from.resume();
    const next = this.#waiting[0];
    if (next !== undefined) this.#timer = setTimeout(() => this.#pass(), Math.max(1, next.due - now));
  }
}
