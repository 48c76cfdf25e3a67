/** Kafka is killed and comes back, and no image is lost: docs/images/outage.webp. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka } from '../bench/own-brokers.mjs';
import { produceImages } from './image-producer.mjs';
import { logged, openPage, stats } from './program.mjs';

export const MAX_BYTES = 3_000_000;
const IMAGES = 6_000;
const RATE = 200;
/** Images before the first frame. */
const FLOWING = 600;

export async function record({ runs, browser, recorder }) {
  const kafka = await startKafka();
  try {
    const flags = ['--broker', 'kafka', '--bootstrap-servers', kafka.bootstrapServers];
    await runs.run('topics', 'create', ...flags).ended;
    const url = await logged(runs.run('run', ...flags), /on (http:\S+)/);
    const published = produceImages(kafka.bootstrapServers, { count: IMAGES, perSecond: RATE });
    const page = await openPage(browser, url, 'light');
    await stats(url, ({ predictions }) => predictions >= FLOWING);
    await recorder.caption(page, `${RATE} images a second through Kafka`);
    await recorder.frames(page, 7, 450);
    await kafka.stop('SIGKILL');
    await recorder.caption(page, 'kill -9: Kafka is gone');
    await recorder.frames(page, 8, 600);
    await recorder.caption(page, 'Kafka is started again');
    await Promise.all([kafka.start(), recorder.frames(page, 8, 450)]);
    await page.getByRole('link', { name: /^Kafka down/ }).waitFor({ state: 'detached', timeout: 180_000 });
    await recorder.caption(page, 'Kafka is back: the stream continues by itself');
    await recorder.frames(page, 10, 450);
    await published;
    const lost = IMAGES - (await classified(runs.run('tail', ...flags, '--from', 'earliest', '--json')));
    if (lost > 0) throw new Error(`${lost} images were lost.`);
    const all = IMAGES.toLocaleString('en');
    await recorder.caption(page, `${all} images published, ${all} classified, 0 lost`);
    await recorder.still(page, 4_500);
  } finally {
    await kafka.close();
  }
}

/** Distinct images in the topic of predictions: after a crash, some have two. Waits for all, for a minute at most. */
async function classified(reader) {
  const ids = () => new Set(reader.out.match(/^\{"schemaVersion":1,"id":"[^"]+"/gm)).size;
  for (let tries = 0; ids() < IMAGES && tries < 120; tries++) await sleep(500);
  return ids();
}
