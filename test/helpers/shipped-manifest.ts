import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelBaseline } from '../../src/core/baseline';
import type { EpochPoint } from '../../src/core/training-history';

/** The measurements in the manifest of a version of fashion-mnist. */
export function shippedManifest(version: number): {
  readonly baseline: ModelBaseline;
  readonly history: readonly EpochPoint[];
} {
  const file = join(__dirname, '../../models/fashion-mnist', String(version), 'manifest.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof shippedManifest>;
}
