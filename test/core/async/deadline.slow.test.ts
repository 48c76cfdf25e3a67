import { deadline } from '../../../src/core/async/deadline';
import { collectGarbage } from '../../helpers/garbage';

const over = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

it('aborts although garbage is collected meanwhile', async () => {
  const ended = over(deadline(200, new AbortController().signal));
  const collecting = setInterval(() => void collectGarbage(), 20);
  await ended;
  clearInterval(collecting);
});

it('aborts with the other signal, also when that was aborted before', async () => {
  const stop = new AbortController();
  const ended = over(deadline(600_000, stop.signal));
  stop.abort();
  await ended;
  expect(deadline(600_000, stop.signal).aborted).toBe(true);
});
