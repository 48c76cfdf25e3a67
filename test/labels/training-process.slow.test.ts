import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTraining } from '../../src/labels/training-process';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-training-'));
const run = {
  labels: join(folder, 'labels.ndjson'),
  base: resolve(__dirname, '../../models/lenet/1'),
  out: join(folder, '2'),
};
writeFileSync(run.labels, '{"label": 3}\n');

it('rejects with the error of the command', async () => {
  const training = runTraining(run, () => undefined, new AbortController().signal);
  await expect(training).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('line 1') as string,
  });
});

it('ends the process when it is cancelled or takes too long', async () => {
  const controller = new AbortController();
  const cancelled = runTraining(run, () => undefined, controller.signal);
  controller.abort();
  await expect(cancelled).rejects.toMatchObject({ code: 'ABORTED' });
  const late = runTraining(run, () => undefined, new AbortController().signal, { longestMs: 1, stopMs: 100 });
  await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
});
