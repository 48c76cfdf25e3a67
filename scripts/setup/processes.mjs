import { readFileSync } from 'node:fs';

/** Names a process beyond its number, which the system hands out again (in containers almost at once). */
export function identify(pid) {
  return { pid, started: stat(pid)?.started ?? null };
}

export function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const now = stat(pid);
  if (!now) return true;
  return now.state !== 'Z' && (started === null || now.started === started);
}

/** Ends a process and its descendants; works only for the leader of a group, as `command.mjs` starts them. */
export function killGroup(pid) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** Fields 3 and 22 of proc(5)'s stat; undefined where there is no /proc. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch {
    return undefined;
  }
}
