import { Worker } from 'node:worker_threads';
import { RunGate } from '../../src/inference/run-gate';

describe('the gate before native calls', () => {
  it('counts a call in and out, even if it fails', async () => {
    const gate = new RunGate();
    const state = new Int32Array(gate.memory);
    const seen = gate.pass(async () => state[1]);
    await expect(seen).resolves.toBe(1);
    await expect(gate.pass(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(state[1]).toBe(0);
  });

  it('closes at once without running calls and admits calls after it reopens', async () => {
    const gate = new RunGate();
    gate.close();
    gate.open();
    await expect(gate.pass(async () => 'through')).resolves.toBe('through');
  });

  it('waits for a running call in another thread', async () => {
    const gate = new RunGate();
    const state = new Int32Array(gate.memory);
    // Counts itself in like `pass`, and out after a delay.
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       const state = new Int32Array(workerData);
       Atomics.add(state, 1, 1);
       require('node:worker_threads').parentPort.postMessage('in');
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
       Atomics.sub(state, 1, 1);
       Atomics.notify(state, 1);`,
      { eval: true, workerData: gate.memory },
    );
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('message', resolve));
    expect(Atomics.load(state, 1)).toBe(1);
    gate.close();
    expect(Atomics.load(state, 1)).toBe(0);
    await exited;
  });
});
