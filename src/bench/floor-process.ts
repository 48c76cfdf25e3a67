import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { StreamInferError } from '../core/errors';
import type { NativeCost } from './floor';
import type { FloorTask } from './floor-child';

const TIMEOUT_MS = 600_000;

/** Measures in a process of its own, so that no thread of this one is counted. */
export async function measureNative(task: FloorTask, signal: AbortSignal): Promise<NativeCost> {
  const child = spawn(process.execPath, [join(__dirname, 'floor-child.js')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    child.stdin.on('error', () => undefined).end(JSON.stringify(task));
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      exitOf(child),
    ]);
    if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
    if (code !== 0) throw new StreamInferError('INTERNAL', `the floor was not measured:\n${stderr}`);
    return JSON.parse(stdout) as NativeCost;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
