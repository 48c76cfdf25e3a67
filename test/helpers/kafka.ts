/** A real Apache Kafka (KRaft, one broker) on random loopback ports, downloaded once per machine by Maven. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port';
import { formatLogFolder, javaArguments, prepareKafka, QUICK_START } from './kafka/distribution';
import { furtherListener, isOpen, serverProperties, type Listener } from './kafka/properties';
import { requirePart } from './parts';

/** A start after a SIGKILL waits for the old session of the broker, ms. */
const START_TIMEOUT = 120_000;
const STOP_TIMEOUT = 20_000;

export class KafkaServer {
  readonly bootstrapServers: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;
  /** A stopped test runner must not leave a broker behind. */
  readonly #onExit = (): void => void this.#process?.kill('SIGKILL');

  private constructor(
    private readonly port: number,
    controllerPort: number,
    /** The real port of the additional listener. */
    readonly furtherPort: number,
    further: Listener | undefined,
    overrides: Readonly<Record<string, string>>,
    private readonly jvm: readonly string[],
  ) {
    this.bootstrapServers = `127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'stream-infer-kafka-'));
    writeFileSync(
      this.#config,
      serverProperties(port, controllerPort, this.dataFolder, {
        ...(further === undefined ? {} : furtherListener(port, controllerPort, furtherPort, further)),
        ...overrides,
      }),
    );
  }

  /** Starts with a new log folder. */
  static async create(
    overrides: Readonly<Record<string, string>> = {},
    further?: Listener,
    jvm: readonly string[] = QUICK_START,
  ): Promise<KafkaServer> {
    await prepareKafka();
    const [port, controllerPort, furtherPort] = [await freePort(), await freePort(), await freePort()];
    const server = new KafkaServer(port, controllerPort, furtherPort, further, overrides, jvm);
    formatLogFolder(server.dataFolder);
    await server.start();
    return server;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts on the same ports and log folder; resolves when the port is open. */
  async start(): Promise<void> {
    const log = openSync(this.#log, 'a');
    const child = spawn(requirePart('java'), [...javaArguments(this.jvm), 'kafka.Kafka', this.#config], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = child;
    process.once('exit', this.#onExit);
    const deadline = performance.now() + START_TIMEOUT;
    while (!(await isOpen(this.port))) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`Kafka did not start:\n${this.logTail(30)}`);
      await pause(50);
    }
  }

  /** Resolves when the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    process.off('exit', this.#onExit);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    await gone;
    clearTimeout(force);
  }

  async restart(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  /** SIGSTOP and SIGCONT: the broker is unresponsive. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** Stops the broker and deletes its log folder. */
  async close(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The same as `close`. */
  destroy(): Promise<void> {
    return this.close();
  }

  /** One folder per partition, with its segments. */
  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  /** The last lines of the broker's own log. */
  logTail(lines: number): string {
    return readFileSync(this.#log, 'utf8').split('\n').slice(-lines).join('\n');
  }

  get #config(): string {
    return join(this.#folder, 'server.properties');
  }

  get #log(): string {
    return join(this.#folder, 'server.log');
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
