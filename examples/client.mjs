// @ts-check
// The typed client of a running process: node examples/client.mjs [url] [token]
import { readFile } from 'node:fs/promises';
import { bytesBody, createClient } from 'stream-infer/client';

const [baseUrl = 'http://localhost:8080', token] = process.argv.slice(2);
const client = createClient({ baseUrl, ...(token && { token }) });

const models = await client.GET('/api/v1/models');
for (const { name, version, state } of models.data?.versions ?? [])
  console.log(`${name}@${version} is ${state}`);

const boot = await readFile(new URL('ankle-boot.png', import.meta.url));
for (const [name, bytes] of Object.entries({ 'ankle-boot.png': boot, 'no image': Buffer.from('no image') })) {
  const { data, error } = await client.POST('/api/v1/classify', bytesBody(bytes));
  if (data) console.log(`${name}: ${data.className} (${(data.confidence * 100).toFixed(1)} %)`);
  else console.log(`${name}: ${problemText(error)}`);
}

const { data: latest } = await client.GET('/api/v1/predictions', { params: { query: { limit: 3 } } });
console.log(`${latest?.predictions.length ?? 0} predictions of the stream`);

const { error } = await createClient({ baseUrl }).GET('/api/v1/stats');
console.log(`without a token: ${problemText(error)}`);

/** @param {import('stream-infer/client').Schemas['Problem'] | undefined} error */
function problemText(error) {
  return error ? `${error.status} ${error.code}` : 'answered';
}
