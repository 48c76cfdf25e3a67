import { rmSync } from 'node:fs';
import type { Config } from '../config/schema';
import type { Broker } from '../core/ports';
import { recordDeleted } from '../setup/resource-ledger';
import type { CleanPlan, Left } from './plan';
import { removeStore } from './store-file';

/**
 * Executes the plan. Returns the items that could not be removed, such as a store that a process opened meanwhile.
 *
 * @param broker null if the plan has no topics
 */
export async function removePlanned(
  plan: CleanPlan,
  config: Config,
  broker: Broker | null,
  signal: AbortSignal,
): Promise<Left[]> {
  if (broker !== null && plan.made.length > 0) {
    const admin = broker.createAdmin();
    try {
      await admin.deleteTopics(plan.made, signal);
      recordDeleted(config, plan.made);
    } finally {
      await admin.close();
    }
  }
  const left: Left[] = [];
  for (const path of plan.stores) {
    const why = await removeStore(path);
    if (why !== null) left.push({ what: path, why });
  }
  for (const folder of plan.folders) rmSync(folder, { recursive: true, force: true });
  return left;
}
