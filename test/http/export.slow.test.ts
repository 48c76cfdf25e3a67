import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import type { PredictionFilter } from '../../src/results/view';
import { until } from '../helpers/cli';
import { createTestApp, problem } from '../helpers/http-app';
import { describeClasses } from '../helpers/model-description';
import { YOLO } from '../helpers/objects-output';
import { createFakeServices, createOutcome } from '../helpers/services';

const EXPORT = '/api/v1/export';

/** A view of `count` predictions that counts the pages read. */
function endlessResults(total: number) {
  const pages: PredictionFilter[] = [];
  const { prediction } = createOutcome();
  const fake = createFakeServices();
  const list = async (filter: PredictionFilter) => {
    pages.push(filter);
    const newest = Math.min(total, (filter.before ?? Infinity) - 1);
    return Array.from({ length: Math.min(filter.limit, newest) }, (_, at) => ({
      seq: newest - at,
      prediction,
    }));
  };
  return { pages, services: createFakeServices({ results: { ...fake.results, list } }) };
}

it('exports all predictions as NDJSON, newest first, with the filters of the list', async () => {
  const { app, services } = createTestApp();
  services.emit(
    Array.from({ length: 900 }, (_, index) => createOutcome({ index, id: `n${index}`, label: index % 10 })),
  );
  const all = await request(app).get(EXPORT).buffer().expect(200);
  expect(all.headers['content-type']).toContain('application/x-ndjson');
  expect(all.headers['content-disposition']).toBe('attachment; filename="predictions.ndjson"');
  const lines = all.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; id: string });
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 900 }, (_, at) => 900 - at));
  const some = await request(app).get(`${EXPORT}?label=3&id=n1`).buffer().expect(200);
  expect(some.text.trimEnd().split('\n')).toHaveLength(11);
});

it('exports CSV that spreadsheets do not execute', async () => {
  const { app, services } = createTestApp();
  services.emit([
    createOutcome({ id: '=HYPERLINK("http://evil")', key: '+1', label: 9, truth: 9 }),
    createOutcome({ id: 'a,"b"\nc', key: '@x' }),
    createOutcome({ id: 'plain', key: '-2' }),
    createOutcome({ id: '＝1＋1', key: 'wide' }),
  ]);
  const { text, headers } = await request(app).get(`${EXPORT}?format=csv`).buffer().expect(200);
  expect(headers['content-type']).toBe('text/csv; charset=utf-8');
  const [header, fourth, third, second] = text.split('\r\n');
  expect(header).toMatch(/^seq,id,label,className,confidence,truth,correct,model,/);
  expect(fourth).toMatch(/^4,'＝1＋1,/);
  expect(third).toMatch(/^3,plain,0,T-shirt\/top,0\.91,,,fashion-mnist@1,images,0,0,'-2,3\.1,/);
  expect(second).toMatch(/^2,"a,""b""\nc",0,/);
  expect(text).toContain(`\r\n1,"'=HYPERLINK(""http://evil"")",9,Ankle boot,0.91,9,true,`);
  expect(text).toContain(",'+1,");
  expect(text).toContain(",'@x,");
});

it('exports the objects that a model finds, and has no such column for other models', async () => {
  const description = describeClasses(['a', 'b', 'nothing'], { objects: YOLO });
  const { app, services } = createTestApp({
    services: createFakeServices({ modelDescription: () => description }),
  });
  const objects = [{ label: 1, className: 'a, "b"', confidence: 0.9, box: [1, 2, 3.5, 4] as const }];
  services.emit([createOutcome({ id: 'found', objects }), createOutcome({ id: 'none' })]);
  const { text } = await request(app).get(`${EXPORT}?format=csv`).buffer().expect(200);
  const [header, none, found] = text.split('\r\n');
  expect(header).toMatch(/,originalHeight,objects$/);
  expect(none).toMatch(/Z,,,,$/);
  const cell = /,"(\[.*\])"$/.exec(found ?? '')?.[1];
  expect(JSON.parse(cell?.replaceAll('""', '"') ?? '')).toEqual(objects);
});

it('exports size and format of image files', async () => {
  const { app, services } = createTestApp();
  services.emit([createOutcome({ id: 'photo', original: { format: 'webp', width: 640, height: 480 } })]);
  const csv = await request(app).get(`${EXPORT}?format=csv`).buffer().expect(200);
  const [header, line] = csv.text.split('\r\n');
  expect([header, line]).toEqual([
    expect.stringMatching(/,predictedAt,originalFormat,originalWidth,originalHeight$/),
    expect.stringMatching(/Z,webp,640,480$/),
  ]);
  const { text } = await request(app).get(EXPORT).buffer().expect(200);
  expect(JSON.parse(text)).toMatchObject({ original: { format: 'webp', width: 640, height: 480 } });
});

it('returns an empty answer without predictions', async () => {
  const { app } = createTestApp();
  expect((await request(app).get(EXPORT).buffer().expect(200)).text).toBe('');
  expect((await request(app).get(`${EXPORT}?format=csv`).buffer().expect(200)).text).toMatch(/^seq,.*\r\n$/);
});

it.each(['format=xml', 'label=10', 'limit=5', 'id='])('refuses %s', async (query) => {
  const { body } = (await request(createTestApp().app).get(`${EXPORT}?${query}`).expect(400)) as {
    body: unknown;
  };
  expect(body).toEqual(problem(400, 'BAD_REQUEST'));
});

it('reads at the speed of the client, and stops when it disconnects', async () => {
  const { pages, services } = endlessResults(100_000_000);
  const server = createServer(createTestApp({ services }).app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<IncomingMessage>((resolve) =>
    get({ port, host: '127.0.0.1', path: EXPORT, agent: false }, resolve),
  );
  answer.pause();
  let before = -1;
  await until(
    () => {
      const still = pages.length === before;
      before = pages.length;
      return still && before > 0;
    },
    30_000,
    () => `${pages.length} pages and more`,
  );
  // The socket buffers hold a few megabytes, and a page has about 0.3 MB.
  expect(pages.length).toBeLessThan(200);
  answer.destroy();
  await new Promise((resolve) => server.close(resolve));
});
