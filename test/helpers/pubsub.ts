/** Google's Pub/Sub fake (pstest) as a child process on a loopback port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { freePort } from './free-port';
import { buildGoProgram } from './go-program';

export { BUILD_TIME } from './go-program';

/** A message in the fake, without its data. */
export interface StoredMessage {
  readonly id: string;
  readonly attributes: Record<string, string> | null;
  readonly orderingKey: string;
  readonly deliveries: number;
  readonly acks: number;
}

/** A fault of the next `left` calls (all if negative) of a method such as `Publish` or `Acknowledge`. */
export interface PubsubFault {
  readonly method: string;
  /** fail: not done; lose: done, but answered with the code; hang: done, never answered; invalid: acks refused as those of ended leases are. */
  readonly kind: 'fail' | 'lose' | 'hang' | 'invalid';
  /** gRPC status. */
  readonly code?: number;
  readonly left: number;
}

export class PubsubFake {
  #process: ChildProcess | undefined;
  #answers: Interface | undefined;
  /** `127.0.0.1:port`, the same after each restart. */
  #address = '';

  get address(): string {
    return this.#address;
  }

  /** Resolves when it listens. It is empty, so topics have to be created again. */
  async start(address = this.#address): Promise<void> {
    address ||= `127.0.0.1:${await freePort()}`;
    const child = spawn(buildGoProgram('pubsub-fake'), [address], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = child;
    this.#address = await firstLine(child);
    this.#answers = child.stdout === null ? undefined : createInterface({ input: child.stdout });
  }

  async fault(fault: PubsubFault): Promise<void> {
    await this.#command({ do: 'fault', ...fault });
  }

  /** Ends all faults. */
  async clear(): Promise<void> {
    await this.#command({ do: 'clear' });
  }

  /** Advances the fake's clock: expired leases end, and their messages are redelivered. */
  async advance(ms: number): Promise<void> {
    await this.#command({ do: 'advance', ms });
  }

  /** All streams end with UNAVAILABLE. */
  async breakStreams(): Promise<void> {
    await this.#command({ do: 'break' });
  }

  /** Streams opened from now on end by themselves, as Pub/Sub's do after half an hour. */
  async streamTimeout(ms: number): Promise<void> {
    await this.#command({ do: 'streamTimeout', ms });
  }

  /** Address of the issuer of the OIDC tokens that push subscriptions send. */
  async issuer(): Promise<string> {
    return (await this.#command({ do: 'issuer' })) as string;
  }

  /** Tokens are signed with a new key from now on. */
  async rotateKey(): Promise<void> {
    await this.#command({ do: 'rotateKey' });
  }

  /** Number of push requests by status of their answer; 0 for those without one. */
  async pushStatuses(): Promise<Readonly<Record<string, number>>> {
    return (await this.#command({ do: 'pushStatuses' })) as Record<string, number>;
  }

  /** All messages ever published to the topic, in order, independent of any client. */
  async messages(project: string, topic: string): Promise<StoredMessage[]> {
    const name = `projects/${project}/topics/${topic}`;
    return (await this.#command({ do: 'messages', topic: name })) as StoredMessage[];
  }

  /** SIGKILL: connections are reset. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** SIGSTOP and SIGCONT: connections stay open without responses. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** One at a time, because responses have no id. */
  async #command(command: object): Promise<unknown> {
    if (this.#answers === undefined) throw new Error('The fake is not started.');
    const answered = once(this.#answers, 'line') as Promise<[string]>;
    this.#process?.stdin?.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await answered)[0]) as unknown;
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('The fake was started without a pipe.');
  const [line] = (await Promise.race([
    once(stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('The Pub/Sub fake ended at once; is its port taken?');
    }),
  ])) as [Buffer];
  return line.toString().trim();
}
