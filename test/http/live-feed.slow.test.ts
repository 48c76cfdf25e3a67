import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { createApp } from '../../src/http/app';
import { createLiveFeed, type LiveFeed, type LiveFeedOptions } from '../../src/http/live-feed';
import { makeEvent } from '../helpers/events';
import { collectGarbage } from '../helpers/garbage';
import { createFakeServices, createOutcome, SILENT_LOG, type FakeServices } from '../helpers/services';

let feed: LiveFeed;
let server: Server;
let services: FakeServices;
const sockets: Socket[] = [];

async function start(options: LiveFeedOptions = {}): Promise<number> {
  services = createFakeServices();
  feed = createLiveFeed(services, { sampleMs: 20, statsMs: 40, ...options });
  const app = createApp({ host: '127.0.0.1', services, feed, log: SILENT_LOG });
  server = createServer((request, response) => void app(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  feed.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A reading client; `text` is all it received so far. */
function listen(port: number): { readonly socket: Socket; text: string } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const client = { socket, text: '' };
  socket.on('data', (data: Buffer) => (client.text += data.toString()));
  socket.on('error', () => undefined);
  socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n');
  return client;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('starts with the model, the statistics and the lag, uncompressed', async () => {
  const client = listen(await start({ statsMs: 10_000 }));
  await until(() => client.text.includes('event:lag'));
  expect(client.text).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(client.text).toMatch(/content-type: text\/event-stream/i);
  expect(client.text).not.toMatch(/content-encoding/i);
  expect(client.text).toMatch(/event:model\nid:.*\ndata:\{"version":"0\.1\.0","broker":"memory"/);
  expect(client.text).toMatch(/event:stats\n/);
});

it('sends events as documented in OpenAPI', async () => {
  const port = await start();
  const client = listen(port);
  await until(() => feed.clients === 1);
  services.emit([createOutcome({ index: 1, truth: 3 })]);
  await services.notice(makeEvent({ alert: 1 }).event);
  const names = ['model', 'stats', 'lag', 'prediction', 'alert'];
  await until(() => names.every((name) => client.text.includes(`event:${name}\n`)));
  const schemas = await describedEvents(port);
  const events = [...client.text.matchAll(/^event:(.*)\nid:(.*)\ndata:(.*)\n\n/gm)];
  expect(new Set(events.map(([, event]) => event))).toEqual(new Set(names));
  for (const [, event = '', id, data = ''] of events) {
    expect(schemas.event.safeParse({ event, id, data }).error).toBeUndefined();
    expect([event, schemas.dataOf(event).safeParse(JSON.parse(data)).error]).toEqual([event, undefined]);
  }
});

it('samples at most 12 predictions a tick, with their pixels', async () => {
  const client = listen(await start({ sampleMs: 50, statsMs: 10_000 }));
  await until(() => feed.clients === 1);
  services.emit(
    Array.from({ length: 500 }, (_, index) => createOutcome({ index, pixels: new Uint8Array(784).fill(3) })),
  );
  const count = () => client.text.match(/event:prediction\n/g)?.length ?? 0;
  await until(() => count() === 12);
  services.emit([createOutcome({ index: 600 })]);
  await until(() => count() === 13);
  expect(client.text).toContain(Buffer.alloc(784, 3).toString('base64'));
});

it('sends an event when the model changes', async () => {
  const client = listen(await start());
  await until(() => feed.clients === 1);
  services.model = () => null;
  await until(() => /event:model\nid:.*\ndata:.*"model":null/.test(client.text));
});

it('skips a client that stops reading, drops it when it stays behind, and serves the others', async () => {
  let clock = 0;
  const port = await start({ patienceMs: 300, now: () => clock });
  const reader = listen(port);
  const slow = listen(port);
  await until(() => feed.clients === 2);
  slow.socket.pause();
  const frames = () => reader.text.match(/event:stats\n/g)?.length ?? 0;
  const moreFrames = async (more: number) => {
    const before = frames();
    await until(() => frames() >= before + more);
  };
  const padding = 'k'.repeat(40_000);
  // Each round starts when the reader has received the previous one, so only the buffers of the slow client fill up.
  for (let round = 0, skippedWhileReaderKeptUp = false; !skippedWhileReaderKeptUp; round++) {
    const marker = `round-${round}:`;
    services.emit(Array.from({ length: 25 }, () => createOutcome({ key: marker + padding })));
    await until(() => reader.text.includes(marker));
    reader.text = '';
    // The next small frame is sent only after the reader has received the whole large one.
    await moreFrames(1);
    const before = feed.skipped;
    await moreFrames(2);
    skippedWhileReaderKeptUp = feed.skipped > before;
  }
  expect(feed.clients).toBe(2);

  clock += 301;
  await until(() => feed.clients === 1);
  await moreFrames(1);
  expect(reader.socket.destroyed).toBe(false);
}, 60_000);

it('buffers only a few frames for a client that never reads', async () => {
  const port = await start({ patienceMs: 60_000 });
  const slow = listen(port);
  await until(() => feed.clients === 1);
  slow.socket.pause();
  const big = createOutcome({ key: 'k'.repeat(200_000) });
  await collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  await until(() => {
    services.emit([big]);
    return feed.skipped > 20;
  });
  await collectGarbage();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
}, 60_000);

it('refuses clients beyond the limit until one disconnects', async () => {
  const port = await start({ maxClients: 2 });
  listen(port);
  const second = listen(port);
  await until(() => feed.clients === 2);
  const third = await fetch(`http://127.0.0.1:${port}/api/v1/stream`);
  expect(third.status).toBe(503);
  expect(await third.json()).toMatchObject({ code: 'NOT_READY' });
  second.socket.destroy();
  await until(() => feed.clients === 1);
  listen(port);
  await until(() => feed.clients === 2);
});

it('escapes line breaks that would end an event', async () => {
  const client = listen(await start({ statsMs: 10_000 }));
  await until(() => feed.clients === 1);
  services.emit([createOutcome({ key: 'a\n\nevent: model\ndata: {}\n\n' })]);
  await until(() => /event:prediction/.test(client.text));
  expect(client.text.match(/^event:model$/gm)).toHaveLength(1);
});

/** Schemas of the live feed in `/openapi.json`. */
async function describedEvents(port: number) {
  const text = await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).text();
  const { components } = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as {
    components: { schemas: Record<string, object> };
  };
  const parserOf = (schema: object) =>
    z.fromJSONSchema({ ...schema, $defs: components.schemas } as Parameters<typeof z.fromJSONSchema>[0]);
  const { oneOf } = components.schemas['StreamEvent'] as {
    oneOf: { properties: { event: { const: string }; data: { contentSchema: object } } }[];
  };
  return {
    event: parserOf({ oneOf }),
    dataOf: (event: string) =>
      parserOf(
        oneOf.find(({ properties }) => properties.event.const === event)!.properties.data.contentSchema,
      ),
  };
}
