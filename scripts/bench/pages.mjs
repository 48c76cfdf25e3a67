// Holds live pages open and counts what they get, in a process of its own, with the lowest priority: real pages are
// on other machines. `node pages.mjs <url> <n>`; prints {"pages":…,"frames":…,"bytes":…} when its stdin closes.
import http from 'node:http';
import os from 'node:os';

const [url, n] = process.argv.slice(2);
os.setPriority(0, 19);
const got = { pages: 0, frames: 0, bytes: 0 };
for (let i = 0; i < Number(n); i++) {
  http
    .get(`${url}/api/v1/stream`, { agent: false }, (response) => {
      got.pages++;
      response.on('data', (chunk) => {
        got.frames++;
        got.bytes += chunk.length;
      });
      response.on('error', () => undefined);
    })
    .on('error', () => undefined);
}
process.stdin.on('end', () => {
  process.stdout.write(`${JSON.stringify(got)}\n`, () => process.exit());
});
process.stdin.resume();
