/** Stores of others on loopback ports: moto for S3, fake-gcs-server for Cloud Storage. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { until } from './cli';
import { buildGoProgram } from './go-program';
import { virtualEnvironment } from './python';

/** Any credentials will do for moto. */
export const S3_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test-secret-key',
  AWS_REGION: 'us-east-1',
};

export interface ObjectStore {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** Resolves when no thread of it runs any more: connections stay open without answers. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

export async function startMoto(port = 0): Promise<ObjectStore> {
  const program = join(virtualEnvironment('requirements-stores.txt'), 'bin', 'moto_server');
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const [, endpoint] = await lineWith(child, child.stderr, /Running on (http:\/\/127\.0\.0\.1:\d+)/);
  return toStore(child, endpoint as string);
}

/** @param bucket exists from the start */
export async function startGcs(bucket: string): Promise<ObjectStore> {
  const child = spawn(buildGoProgram('gcs-fake'), [bucket], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [, address] = await lineWith(child, child.stdout, /^(127\.0\.0\.1:\d+)$/);
  return toStore(child, `http://${address}`);
}

function toStore(child: ChildProcess, endpoint: string): ObjectStore {
  return {
    endpoint,
    freeze: async () => {
      child.kill('SIGSTOP');
      await until(
        () => statesOf(child.pid).every((state) => state === 'T'),
        10_000,
        () => 'the store still runs',
      );
    },
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Of each thread; T is stopped. */
function statesOf(pid: number | undefined): string[] {
  return readdirSync(`/proc/${pid}/task`).map(
    (thread) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))?.[1] ?? '',
  );
}

async function lineWith(
  child: ChildProcess,
  output: NodeJS.ReadableStream | null,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  if (output === null) throw new Error('The store was started without a pipe.');
  const ended = once(child, 'exit').then(() => {
    throw new Error('The store ended at once.');
  });
  const found = (async () => {
    for await (const line of createInterface({ input: output })) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    throw new Error('The store closed its output.');
  })();
  ended.catch(() => undefined);
  const match = await Promise.race([found, ended]);
  // Otherwise a full pipe would stop the store.
  output.resume();
  return match;
}
