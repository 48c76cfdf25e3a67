// Keeps live pages open and counts their traffic, with the lowest priority because real pages run on other machines.
// `node pages.mjs <url> <n>` prints {"pages":…,"frames":…,"bytes":…} when its stdin closes.
import http from 'node:http';
import os from 'node:os';

const [url, n] = process.argv.slice(2);
os.setPriority(0, 19);
const counts = { pages: 0, frames: 0, bytes: 0 };
for (let i = 0; i < Number(n); i++) {
  http
    .get(`${url}/api/v1/stream`, { agent: false }, (response) => {
      counts.pages++;
      response.on('data', (chunk) => {
        counts.frames++;
        counts.bytes += chunk.length;
      });
      response.on('error', () => undefined);
    })
    .on('error', () => undefined);
}
process.stdin.on('end', () => {
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit());
});
process.stdin.resume();
