import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly connections: number;
  /** Most unanswered requests on one connection. */
  readonly pipelined: number;
}

/**
 * Bounds the connections of a server. At the limit the longest idle connection is closed, so a client that only opens
 * connections cannot block others. A connection without a complete request head counts as idle.
 */
export class Connections {
  /** Requests in flight by connection, longest idle first. */
  readonly #open = new Map<Socket, number>();

  constructor(
    server: Server,
    private readonly limits: ConnectionLimits,
  ) {
    server.on('connection', (socket: Socket) => this.#add(socket));
  }

  /**
   * Counts a request until its answer is sent. Returns false, and closes the connection, if it has too many unanswered
   * requests; the caller ignores the request.
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
    // Moves to the end of the order, as the most recently busy connection.
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
