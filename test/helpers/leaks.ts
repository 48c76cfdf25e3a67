/**
 * Fails a test file that leaks a server, a socket, a child process, a worker or a signal listener.
 *
 * Jest runs `afterAll` hooks in the order of their definition, so a hook defined here would run *before* those with
 * which the file cleans up. Therefore each hook is counted, and the look around happens after the last one.
 */
const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'ProcessWrap', 'Worker', 'MessagePort'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** ms; longer than the 5 s for which Node's HTTP agents keep an idle socket. */
const PATIENCE = 6_000;

type Hook = Parameters<typeof afterAll>[0];

const before = snapshot();
const defineHook = globalThis.afterAll;
let hooksToRun = 0;

globalThis.afterAll = (hook: Hook, timeout = 5_000): void => {
  // A hook with a callback ends by calling it, so nothing can run after it.
  if (hook.length > 0) return defineHook(hook, timeout);
  hooksToRun++;
  defineHook(
    async () => {
      try {
        await (hook as () => unknown)();
      } finally {
        if (--hooksToRun === 0) await expectNothingLeft();
      }
    },
    timeout + PATIENCE + 1_000,
  );
};

afterAll(() => undefined);

async function expectNothingLeft(): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (leftovers().length > 0 && performance.now() < deadline) await pause(20);
  const left = leftovers();
  if (left.length > 0) throw new Error(`This test file leaves behind: ${left.join(', ')}`);
}

function leftovers(): string[] {
  const now = snapshot();
  return [...now].flatMap(([what, count]) => {
    const more = count - (before.get(what) ?? 0);
    return more > 0 ? [`${more} × ${what}`] : [];
  });
}

function snapshot(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (WATCHED.includes(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  for (const signal of SIGNALS) counts.set(`listener of ${signal}`, process.listenerCount(signal));
  return counts;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
