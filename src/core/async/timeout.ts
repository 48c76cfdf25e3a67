/** Rejects with the error of `toError` when `work` takes longer than `ms`; a later failure of `work` is ignored. */
export function withTimeout<T>(work: Promise<T>, ms: number, toError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(toError()), ms);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** Resolves with true when `work` finished within `ms`, else with false. Rejects if `work` does so within `ms`. */
export async function waitAtMost(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new Error('late');
  try {
    await withTimeout(work, ms, () => late);
    return true;
  } catch (error) {
    if (error === late) return false;
    throw error;
  }
}

/** A bounded step of a shutdown; its failure is ignored. */
export async function atMost(ms: number, work: Promise<void> | undefined): Promise<void> {
  await waitAtMost(Promise.resolve(work), ms).catch(() => undefined);
}
