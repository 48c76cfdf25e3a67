import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const TAIL_CHARS = 12_000;
const running = new Set();

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
    if (child.pid !== undefined) running.add(child.pid);
    const timer = timeoutMs && setTimeout(() => ((timedOut = true), killGroup(child.pid)), timeoutMs);
    const finish = (ok) => {
      clearTimeout(timer);
      running.delete(child.pid);
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

/** Ends a process and its descendants; works only for the leader of a process group. */
function killGroup(pid) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has exited already.
  }
}

function openLog(file) {
  if (!file) return undefined;
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'a' });
}
