import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { killGroup } from './processes.mjs';

const TAIL_CHARS = 12_000;
const running = new Set();
const listeners = new Set();

/**
 * Runs a program without input, in its own process group, so that a time-out ends its descendants too.
 * Never rejects: resolves to `{ ok, timedOut, tail }`, the tail being the end of its output.
 */
export function run(command, args, { cwd, env = process.env, timeoutMs, log } = {}) {
  return new Promise((resolve) => {
    const sink = openLog(log);
    let tail = '';
    let timedOut = false;
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      // npm is a batch file on Windows, which only a shell starts.
      shell: process.platform === 'win32' && !/\.exe$/i.test(command),
    });
    const keep = (chunk) => {
      tail = (tail + chunk).slice(-TAIL_CHARS);
      sink?.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    track(child.pid, true);
    const timer = timeoutMs && setTimeout(() => ((timedOut = true), killGroup(child.pid)), timeoutMs);
    const finish = (ok) => {
      clearTimeout(timer);
      track(child.pid, false);
      sink?.end();
      resolve({ ok, timedOut, tail });
    };
    child.once('error', (error) => ((tail += error.message), finish(false)));
    child.once('close', (code) => finish(code === 0));
  });
}

export function killRunning() {
  for (const pid of running) killGroup(pid);
}

/** Calls back with the pids of running children whenever they change; returns the function that ends that. */
export function onChildrenChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function track(pid, started) {
  if (pid === undefined) return;
  if (started) running.add(pid);
  else running.delete(pid);
  for (const listener of listeners) listener([...running]);
}

function openLog(file) {
  if (!file) return undefined;
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'a' });
}
