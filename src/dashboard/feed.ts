import type { LagFrame } from '../http/schemas/lag';
import type { ModelFrame, StatsFrame } from '../http/schemas/stats';
import type { AlertFrame, PredictionFrame } from '../http/schemas/stream';
import { needsToken } from './api';
import { readModel } from './model';
import { API } from './served-model';
import { about, alertNews, connection, takeLag, takeStats } from './state';
import { offerTile } from './tiles';

const RETRY_MS = 3000;

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;

/** One EventSource per page, closed while the page is hidden. */
export function followServer(): void {
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
}

function open(): void {
  close();
  const opened = new EventSource(`${API}/stream`);
  source = opened;
  on<ModelFrame>(opened, 'model', (frame) => {
    about.value = frame;
    void readModel();
  });
  on<StatsFrame>(opened, 'stats', takeStats);
  on<LagFrame>(opened, 'lag', takeLag);
  on<PredictionFrame>(opened, 'prediction', offerTile);
  on<AlertFrame>(opened, 'alert', (frame) => (alertNews.value = frame));
  opened.onopen = () => (connection.value = 'live');
  opened.onerror = () => void lost(opened);
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
}

/** The browser reconnects by itself after a lost connection, but not after a 401 or 503. */
async function lost(broken: EventSource): Promise<void> {
  connection.value = 'lost';
  if (broken.readyState !== EventSource.CLOSED) return;
  if (await needsToken()) connection.value = 'locked';
  else if (source === broken) retry = setTimeout(open, RETRY_MS);
}

function on<T>(from: EventSource, name: string, take: (data: T) => void): void {
  from.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data) as T));
}
