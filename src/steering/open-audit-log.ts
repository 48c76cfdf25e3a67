import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import { AuditLog } from './audit-log';

/**
 * Throws CONFIG_INVALID for a chosen file that cannot be written. A file in the data folder may be unwritable for a
 * while; the stream does not wait for it.
 *
 * @param path see `auditPath`
 */
export function openAuditLog(
  path: string | null,
  { steering }: Pick<Config, 'steering'>,
  log: Log,
): AuditLog {
  const audit = new AuditLog(path, log);
  if (steering.auditLog !== undefined) audit.requireWritable();
  return audit;
}
