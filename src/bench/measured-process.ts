import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamInferError } from '../core/errors';

const READY_TIMEOUT_MS = 120_000;
const STDERR_KEPT = 4_000;

/** `stream-infer run` in a separate process, as users run it. */
export class MeasuredProcess {
  readonly #exited: Promise<number | null>;
  #stderr = '';
  #url: string | undefined;
  #stopping = false;

  private constructor(private readonly child: ChildProcess) {
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    child.stderr?.on('data', (chunk: Buffer) => this.#onStderr(chunk.toString()));
  }

  /**
   * Resolves when the process is ready. Rejects with NOT_READY and its last output on a timeout, or with ABORTED.
   *
   * @param home folder for its persistent files, removed by the caller
   */
  static async start(args: readonly string[], home: string, signal: AbortSignal): Promise<MeasuredProcess> {
    const main = join(__dirname, '..', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, 'run', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...withoutSettings(process.env), XDG_DATA_HOME: home },
    });
    const measured = new MeasuredProcess(child);
    try {
      await measured.#ready(signal);
      return measured;
    } catch (error) {
      await measured.stop().catch(() => undefined);
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get url(): string {
    return this.#url ?? '';
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.child.kill('SIGTERM');
    const code = await this.#exited;
    if (code === 0) return;
    throw new StreamInferError('INTERNAL', `the measured process exited with code ${code}:\n${this.#stderr}`);
  }

  #onStderr(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    this.#url ??= /on (http:\S+)/.exec(this.#stderr)?.[1];
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadline && this.child.exitCode === null && !this.#stopping) {
      if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
      if (this.#url !== undefined && (await isReady(this.#url))) return;
      await sleep(20);
    }
    throw new StreamInferError('NOT_READY', `the measured process did not become ready:\n${this.#stderr}`);
  }
}

/** Environment variables must not change the settings of a measured process. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('STREAM_INFER_')));
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    // The process is not listening yet, or is busy loading.
    return false;
  }
}
