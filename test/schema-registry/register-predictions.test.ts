import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig } from '../../src/config/load';
import { registerPredictions } from '../../src/schema-registry/register-predictions';
import { SILENT_LOG } from '../helpers/services';

it('reports a registry that is down once, and again when it answers', async () => {
  const answers = [500, 500, 200];
  const registry = createServer((_, response) => {
    response.statusCode = answers.shift() ?? 200;
    response.end('{"id":7}');
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const { port } = registry.address() as AddressInfo;
  const { config } = parseConfig({
    schemaRegistry: { url: `http://127.0.0.1:${port}`, username: 'key', password: 'secret-1' },
    output: { schema: 'json' },
  });
  const [warn, info] = [jest.fn(), jest.fn()];
  const framed = await registerPredictions(config, {
    version: 1,
    signal: AbortSignal.timeout(10_000),
    onWait: () => undefined,
    log: { ...SILENT_LOG, warn, info },
  });
  registry.close();
  expect(framed?.(Buffer.from('{}')).subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 7]));
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(
    { subject: 'predictions-value', reason: expect.stringMatching(/HTTP 500/) as string },
    expect.stringContaining('retrying'),
  );
  expect(info).toHaveBeenCalledTimes(1);
  expect(JSON.stringify([warn.mock.calls, info.mock.calls])).not.toContain('secret-1');
});
