import { join, resolve } from 'node:path';
import { livesInProcess } from '../config/broker';
import type { Config } from '../config/schema';
import { dataFolder } from '../setup/data-folder';

/**
 * File of the audit log of one instance; null for none. A broker inside this process ends with it, and so does
 * everything that operators did to its stream.
 */
export function auditPath(config: Config, instanceId: string): string | null {
  return pathOf(config, (file) => file, `audit-${instanceId}.log`);
}

/** The same for changes of labels, which would crowd out the changes of the stream. */
export function labelAuditPath(config: Config, instanceId: string): string | null {
  return pathOf(config, (file) => `${file}.labels`, `audit-labels-${instanceId}.log`);
}

function pathOf(config: Config, beside: (file: string) => string, name: string): string | null {
  const { auditLog } = config.steering;
  if (auditLog === 'none') return null;
  if (auditLog !== undefined) return beside(resolve(auditLog));
  if (livesInProcess(config)) return null;
  return join(dataFolder(), name.replace(/[^\w.-]/g, '-'));
}
