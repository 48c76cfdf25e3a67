import { rmSync } from 'node:fs';
import type { Config } from '../config/schema';
import type { Broker } from '../core/ports';
import { recordDeleted } from '../setup/resource-ledger';
import type { CleanPlan, Left } from './plan';
import { removeStore } from './store-file';

/**
 * Removes what the plan says. Returns what is left after all: a store that a process has opened meanwhile.
 *
 * @param broker null where the plan has nothing there
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
