/** A real schema registry (Apicurio, with the interface of Confluent's), downloaded once per machine by Maven. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { until } from './cli';
import { freePort } from './free-port';
import { requirePart } from './parts';

const VERSION = '2.6.13.Final';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const CACHE = process.env['STREAM_INFER_TEST_CACHE'] ?? join(homedir(), '.cache', 'stream-infer-test');
const HOME = join(CACHE, `apicurio-${VERSION}`);
const START_TIMEOUT = 120_000;

export class SchemaRegistry {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #onExit = (): void => void this.#process.kill('SIGKILL');
  #log = '';

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
    const server = [`-Dquarkus.http.port=${port}`, '-Dquarkus.http.host=127.0.0.1'];
    const jvm = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...server];
    const jar = join(HOME, `apicurio-registry-app-${VERSION}-runner.jar`);
    this.#process = spawn(requirePart('java'), [...jvm, '-jar', jar], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    process.once('exit', this.#onExit);
  }

  /** Keeps its schemas in memory. */
  static async create(): Promise<SchemaRegistry> {
    fetchArchive();
    const registry = new SchemaRegistry(await freePort());
    await until(
      async () => (await fetch(`${registry.url}/subjects`)).ok,
      START_TIMEOUT,
      () => registry.#log.slice(-2_000),
    );
    return registry;
  }

  /** SIGSTOP and SIGCONT: the registry is unresponsive, and keeps its schemas. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  async close(): Promise<void> {
    process.off('exit', this.#onExit);
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.kill('SIGKILL');
    await gone;
  }
}

/** Unpacked into a temporary folder first, since several test files may need it at the same time. */
function fetchArchive(): void {
  if (existsSync(HOME)) return;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, 'apicurio-fetch-'));
  const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${fresh}`];
  run(requirePart('maven'), copy);
  const archive = `apicurio-registry-app-${VERSION}-all.tar.gz`;
  run('tar', ['-xzf', join(fresh, archive), '-C', fresh]);
  rmSync(join(fresh, archive));
  if (existsSync(HOME)) rmSync(fresh, { recursive: true, force: true });
  else renameSync(fresh, HOME);
}

function run(program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) throw new Error(`${program} failed:\n${stdout}\n${stderr}`);
}
