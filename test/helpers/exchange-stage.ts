import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, until } from './cli';
import type { KafkaServer } from './kafka';
import { ModelVersions } from './model-versions';
import { SteadyStream } from './steady-stream';

export interface Listed {
  readonly versions: readonly { version: number; state: string; reason: string | null }[];
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

let streams = 0;

/** A folder of model versions, a stream of images through a separate topic, and the program that processes it. */
export class ExchangeStage {
  stream!: SteadyStream;
  running!: Cli;
  #args: readonly string[] = [];
  #env: NodeJS.ProcessEnv = {};

  private constructor(
    private readonly kafka: KafkaServer,
    readonly versions: ModelVersions,
  ) {}

  static async create(kafka: KafkaServer): Promise<ExchangeStage> {
    return new ExchangeStage(kafka, await ModelVersions.create());
  }

  /** Resolves when it is ready. */
  async start(control: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const input = `exchange-${++streams}`;
    const topics = { input, output: `${input}.out`, dlq: `${input}.dlq` };
    this.stream = await new SteadyStream(this.kafka, topics).start();
    this.#args = [
      ...['run', '--broker', 'kafka', '--bootstrap-servers', this.kafka.bootstrapServers, '--port', '0'],
      ...['--input-topic', topics.input, '--output-topic', topics.output, '--group', input],
      // The folder of a version would pin it.
      ...['--model', control === 'poll' ? this.versions.folder : this.versions.dir(1)],
      ...['--model-control', control, '--workers', '2'],
      // All versions are equal in predictions and speed; only the first has int8.json.
      ...['--precision', 'fp32', ...more],
    ];
    this.#env = { XDG_DATA_HOME: mkdtempSync(join(tmpdir(), 'stream-infer-home-')), ...env };
    await this.startAgain();
  }

  /** Restarts the program with the same home. */
  async startAgain(): Promise<void> {
    this.running = new Cli(this.#args, this.#env);
    await until(
      () => this.running.url !== '',
      120_000,
      () => this.running.stderr,
    );
    await this.running.ready(120_000);
  }

  /** A call of the model repository. */
  async call(path: string): Promise<Answer> {
    return await this.#post(`/v2/repository/models/fashion-mnist/${path}`);
  }

  async rollOut(body: object): Promise<Answer> {
    return await this.#post('/api/v1/models/rollout', JSON.stringify(body));
  }

  /** As `1 serving`, in order. */
  async states(): Promise<string[]> {
    const { versions } = await this.list();
    return versions.map(({ version, state }) => `${version} ${state}`);
  }

  async list(): Promise<Listed> {
    return await this.running.json<Listed>('/api/v1/models');
  }

  async untilState(state: string): Promise<void> {
    await until(
      async () => (await this.states()).includes(state),
      120_000,
      () => this.running.stderr,
    );
  }

  async metrics(): Promise<string> {
    return await (await fetch(`${this.running.url}/metrics`)).text();
  }

  async close(): Promise<void> {
    await this.stream.close();
    await this.running.stop('SIGKILL');
    await this.versions.remove();
  }

  async #post(path: string, body?: string): Promise<Answer> {
    const response = await fetch(this.running.url + path, {
      method: 'POST',
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, text: await response.text() };
  }
}
