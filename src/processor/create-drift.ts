import type { Config } from '../config/schema';
import type { ModelBaseline } from '../core/baseline';
import type { ModelIdentity } from '../core/prediction';
import { rulesOnBaseline } from '../core/rule';
import { DriftMonitor } from '../quality/drift-monitor';

/** With the settings of the first drift rule, so that page and alert agree. */
export function createDrift(
  { alerts }: Pick<Config, 'alerts'>,
  baselineOf: (model: ModelIdentity) => ModelBaseline | undefined,
): DriftMonitor {
  const rule = alerts.find((one) => one.kind === 'drift');
  return new DriftMonitor({ baselineOf, ...rule, rules: rulesOnBaseline(alerts) });
}
