import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly connections: number;
  /** Requests that a client may send on one connection before the first of them is answered. */
  readonly pipelined: number;
}

/**
 * Bounds the connections of a server. When there are too many, the one that has been idle for longest makes room, so that a
 * client who only opens connections keeps nobody out; idle is also who has not sent a whole head yet.
 */
export class Connections {
  /** Requests in flight by connection; those idle for longest come first. */
  readonly #open = new Map<Socket, number>();

  constructor(
    server: Server,
    private readonly limits: ConnectionLimits,
  ) {
    server.on('connection', (socket: Socket) => this.#add(socket));
  }

  /**
   * Counts a request until its answer is out. False if its connection has been cut because it sent too many at once:
   * the request is to be ignored.
   */
  begin(socket: Socket, response: ServerResponse): boolean {
    const running = this.#open.get(socket);
    if (running === undefined || socket.destroyed) return false;
    if (running >= this.limits.pipelined) {
      socket.destroy();
      return false;
    }
    this.#open.set(socket, running + 1);
    response.once('close', () => this.#end(socket));
    return true;
  }

  #add(socket: Socket): void {
    if (this.#open.size >= this.limits.connections && !this.#dropIdle()) return void socket.destroy();
    this.#open.set(socket, 0);
    socket.once('close', () => this.#open.delete(socket));
  }

  #end(socket: Socket): void {
    const running = this.#open.get(socket);
    if (running === undefined) return;
    // To the end of the order: it has been busy just now.
    if (running === 1) this.#open.delete(socket);
    this.#open.set(socket, running - 1);
  }

  #dropIdle(): boolean {
    for (const [socket, running] of this.#open) {
      if (running > 0) continue;
      this.#open.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
