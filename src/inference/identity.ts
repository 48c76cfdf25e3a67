import type { Precision } from '../core/precision';
import type { ModelIdentity } from '../core/prediction';
import type { RuntimeName } from '../core/runtime-name';
import type { ModelFiles } from '../models/files/model';

/** How predictions name a model that was loaded. */
export function identityOf(
  { name, version, sha256 }: Pick<ModelFiles, 'name' | 'version' | 'sha256'>,
  runtime: RuntimeName,
  precision: Precision,
): ModelIdentity {
  return { name, version, sha256, runtime, precision };
}
