/** `stream-infer demo` shows everything in its tour. */
import type { StoredEvent } from '../../src/core/event';
import { Cli, cli, until } from '../helpers/cli';

const TIMEOUT = 240_000;
jest.setTimeout(2 * TIMEOUT);

it('shows predictions, alerts with images, and dead letters of several kinds', async () => {
  const demo = new Cli(['demo', '--port', '0', '--workers', '1', '--rate', '200']);
  const explain = () => demo.stderr.slice(-3_000);
  try {
    await until(() => demo.stderr.includes('Look at'), TIMEOUT, explain);
    expect(demo.stderr).toContain(`${demo.url}/#/events`);
    await until(
      async () => {
        const { alerts } = await demo.json<{ alerts: StoredEvent[] }>('/api/v1/alerts?limit=100');
        const rules = new Set(alerts.map(({ rule }) => rule));
        const pictured = alerts.some(({ images: { image, occlusion } }) => image && occlusion);
        return rules.has('low confidence') && rules.has('dead letters') && pictured;
      },
      TIMEOUT,
      explain,
    );
    await until(
      async () => {
        const { deadLetters } = await demo.json<{ deadLetters: { code: string }[] }>(
          '/api/v1/dead-letters?limit=100',
        );
        return new Set(deadLetters.map(({ code }) => code)).size >= 5;
      },
      TIMEOUT,
      explain,
    );
    const listed = await cli(['alerts', 'list', '--open', '--url', demo.url]);
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining('low confidence')]);
    expect((await demo.stop()).code).toBe(0);
  } finally {
    demo.child.kill('SIGKILL');
  }
});
