import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { freePort } from './free-port';

interface Behaviour {
  /** Lifetime of the tokens from now on, s. */
  readonly lifetime?: number;
  /** Whether its tokens are unsigned, which no broker accepts. */
  readonly forged?: boolean;
  /** HTTP status of the answers from now on. */
  readonly status?: number;
}

/** A real OAuth server, oauth2-mock-server: an ES module, and therefore a process of its own. */
export class TokenServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(): Promise<TokenServer> {
    const port = await freePort();
    const child = fork(join(__dirname, 'oauth-process.mjs'), [String(port)], { execArgv: [] });
    const server = new TokenServer(child, port);
    await server.#answer();
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  get keysUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Resolves with the number of tokens issued so far. */
  async behave(change: Behaviour = {}): Promise<number> {
    const answer = this.#answer();
    this.child.send(change);
    return (await answer).issued;
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill();
    await gone;
  }

  #answer(): Promise<{ readonly issued: number }> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('the token server ended'));
      this.child.once('exit', onExit);
      this.child.once('message', (message) => {
        this.child.off('exit', onExit);
        resolve(message as { issued: number });
      });
    });
  }
}
