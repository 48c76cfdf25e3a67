import { effect, signal } from '@preact/signals';
import { listAlerts } from './api';
import { alertNews, connection } from './state';

/** More open alerts than this are counted as this many. */
export const MOST_OPEN = 100;

/** Numbers of the alerts that are not acknowledged, newest first; at most `MOST_OPEN`. */
export const openAlerts = signal<readonly number[]>([]);

/** Asks for the open alerts when the page connects, and when one is raised or acknowledged. */
export function followAlerts(): void {
  effect(() => {
    void alertNews.value;
    if (connection.value === 'live') void readOpenAlerts();
  });
}

export async function readOpenAlerts(): Promise<void> {
  const answer = await listAlerts({ acknowledged: 'false', limit: String(MOST_OPEN) }).catch(() => null);
  if (answer !== null) openAlerts.value = answer.alerts.flatMap(({ alert }) => alert ?? []);
}
