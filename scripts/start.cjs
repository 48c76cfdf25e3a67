// `npm start -- <arguments>`: prepares what the arguments need, then runs the program in this process. The other native
// parts are built meanwhile, in a process of low priority that ends with this one.
//
// CommonJS, because libuv reads the size of its pool once, and the loader of ES modules uses the pool.
process.env.UV_THREADPOOL_SIZE ??= '16';
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const MAIN = join(__dirname, '..', 'dist', 'cli', 'main.js');
/** Without a word: something to see. */
const TOUR = ['demo'];

async function start(given) {
  const args = given.length > 0 ? given : TOUR;
  const { setup } = await import('./setup/run.mjs');
  const { partsFor } = await import('./setup/parts-for.mjs');
  const parts = partsFor(args, process.env, existsSync('stream-infer.yaml'));
  const complete = await setup({ parts });
  if (process.exitCode) return;
  if (!complete) buildBehind();
  process.argv.splice(1, process.argv.length - 1, MAIN, ...args);
  require(MAIN);
}

function buildBehind() {
  const script = join(__dirname, 'setup.mjs');
  const child = spawn(process.execPath, [script, '--behind'], { stdio: ['ignore', 'ignore', 'inherit'] });
  child.unref();
  process.once('exit', () => child.kill());
}

void start(process.argv.slice(2));
