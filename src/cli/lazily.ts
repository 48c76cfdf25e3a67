/** An action whose module is loaded only when its command runs, so that `--help` and completion stay fast. */
export function lazily<A extends unknown[]>(load: () => Promise<(...args: A) => unknown>) {
  return async (...args: A): Promise<void> => {
    const action = await load();
    await action(...args);
  };
}
