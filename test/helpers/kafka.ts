/** A real Apache Kafka (KRaft, one broker) on random loopback ports, downloaded once per machine by Maven. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port';
import { requirePart } from './parts';

const VERSION = '4.1.0';
const POM = join(__dirname, 'kafka', 'pom.xml');
const CACHE = process.env['STREAM_INFER_TEST_CACHE'] ?? join(homedir(), '.cache', 'stream-infer-test');
const LIBS = join(CACHE, `kafka-${VERSION}`, 'libs');
/** A start after a SIGKILL waits for the old session of the broker, ms. */
const START_TIMEOUT = 120_000;
/** Starts a third faster on few cores than with the server compiler. */
export const QUICK_START = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const STOP_TIMEOUT = 20_000;

/** Fixed, because one in 64 random ids begins with a dash and looks like an option. */
const CLUSTER_ID = Buffer.from('stream-infer/tst').toString('base64url');

/** An additional listener besides the plain one of `bootstrapServers`. */
export interface Listener {
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT';
  /** The advertised loopback port, for example of a proxy (default: the port of the listener). */
  readonly advertisedPort?: number;
}

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

  /** Downloads missing jars, formats a new log folder and starts. */
  static async create(
    overrides: Readonly<Record<string, string>> = {},
    further?: Listener,
    jvm: readonly string[] = QUICK_START,
  ): Promise<KafkaServer> {
    fetchJars();
    const [port, controllerPort, furtherPort] = [await freePort(), await freePort(), await freePort()];
    const server = new KafkaServer(port, controllerPort, furtherPort, further, overrides, jvm);
    server.#format();
    await server.start();
    return server;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts on the same ports and log folder; resolves when the port is open. */
  async start(): Promise<void> {
    const log = openSync(this.#log, 'a');
    const child = spawn(requirePart('java'), [...this.jvm, '-cp', `${LIBS}/*`, 'kafka.Kafka', this.#config], {
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

  #format(): void {
    const args = [
      ...QUICK_START,
      '-cp',
      `${LIBS}/*`,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      CLUSTER_ID,
      '-c',
      this.#config,
    ];
    const { status, stderr } = spawnSync(requirePart('java'), args, {
      encoding: 'utf8',
      timeout: START_TIMEOUT,
    });
    if (status !== 0) throw new Error(`Kafka could not format its log folder:\n${stderr}`);
  }
}

/** Downloads to a temporary folder first, since several test files may need the jars at the same time. */
function fetchJars(): void {
  if (existsSync(LIBS)) return;
  const parent = join(CACHE, `kafka-${VERSION}`);
  mkdirSync(parent, { recursive: true });
  const fresh = mkdtempSync(join(parent, 'fetch-'));
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`];
  const { status, stdout } = spawnSync(requirePart('maven'), args, { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`Maven could not fetch Apache Kafka:\n${stdout}`);
  }
  if (existsSync(LIBS)) rmSync(fresh, { recursive: true, force: true });
  else renameSync(fresh, LIBS);
}

function serverProperties(
  port: number,
  controllerPort: number,
  data: string,
  overrides: Readonly<Record<string, string>>,
): string {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': data,
    'num.partitions': '4',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '3000',
    ...overrides,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function furtherListener(
  port: number,
  controllerPort: number,
  furtherPort: number,
  { name, protocol, advertisedPort = furtherPort }: Listener,
): Record<string, string> {
  const plain = `PLAINTEXT://127.0.0.1:${port}`;
  return {
    listeners: `${plain},${name}://127.0.0.1:${furtherPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${plain},${name}://127.0.0.1:${advertisedPort}`,
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,${name}:${protocol}`,
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
