import { StreamInferError } from '../core/errors';
import type { ResultsStore } from '../results/store/store';

/**
 * Counts are kept by label: in one store, those of two models would be added up. Rejects with CONFIG_INVALID if the store
 * has predictions of other classes. A store that does not answer is not checked, because results are best-effort.
 */
export async function assertSameClasses(
  store: Pick<ResultsStore, 'classNames' | 'path' | 'shared'>,
  labels: readonly string[],
): Promise<void> {
  const stored = await store.classNames().catch(() => []);
  const other = stored.find(([label, name]) => labels[label] !== name);
  if (other === undefined) return;
  const [label, name] = other;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `the results store ${store.path} has predictions of a model whose class ${label} is ${name}, but it is ` +
      `${labels[label] ?? 'absent'} in this model; ` +
      (store.shared
        ? 'use another schema for this model: ?schema=<name>'
        : 'use another file for this model: --store <file>'),
  );
}
