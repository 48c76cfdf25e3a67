import { spawn, type ChildProcess } from 'node:child_process';

/** Computes until its time is over or its parent is gone, so that no process is left behind. */
const SPIN = `
const [end, parent] = [Date.now() + Number(process.argv[1]), process.ppid];
for (let n = 0; Date.now() < end && process.ppid === parent;) for (let i = 0; i < 1e7; i++) n += i % 7;
`;

/** Runs `work` next to processes that each keep one core busy; they end with it or after `atMostMs`. */
export async function withNeighbours<T>(count: number, atMostMs: number, work: () => Promise<T>): Promise<T> {
  const neighbours = Array.from({ length: count }, () => spawnNeighbour(atMostMs));
  try {
    return await work();
  } finally {
    await Promise.all(neighbours.map(end));
  }
}

function spawnNeighbour(atMostMs: number): ChildProcess {
  return spawn(process.execPath, ['-e', SPIN, String(atMostMs)], { stdio: 'ignore' });
}

function end(neighbour: ChildProcess): Promise<void> {
  if (neighbour.exitCode !== null || neighbour.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    neighbour.once('exit', () => resolve());
    neighbour.once('error', () => resolve());
    neighbour.kill('SIGKILL');
  });
}
