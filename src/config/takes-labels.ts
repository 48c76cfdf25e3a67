import { livesInProcess } from './broker';
import type { Config } from './schema';

/** Whether people may label images; never without HTTP. */
export function takesLabels({
  labels,
  http,
  ...config
}: Pick<Config, 'labels' | 'http' | 'broker' | 'kafka'>): boolean {
  return http.enabled && (labels.enabled ?? livesInProcess(config));
}
