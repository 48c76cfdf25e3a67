// Writes docs/reference/ from the built program, so that no table has to be kept by hand.
//   node scripts/docs.mjs           write the pages
//   node scripts/docs.mjs --check   exit 1 and name the pages that differ from the program
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliPage } from './docs/cli.mjs';
import { configurationPage } from './docs/configuration.mjs';
import { errorCodesPage } from './docs/error-codes.mjs';
import { httpApiPage } from './docs/http-api.mjs';
import { messagesPage } from './docs/messages.mjs';
import { metricsPage } from './docs/metrics.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'reference');
if (!existsSync(join(root, 'dist', 'cli', 'program.js'))) {
  console.error('dist/ is missing; run `npm run build` first');
  process.exit(1);
}

const pages = {
  'cli.md': cliPage,
  'configuration.md': configurationPage,
  'http-api.md': httpApiPage,
  'error-codes.md': errorCodesPage,
  'metrics.md': metricsPage,
  'messages.md': messagesPage,
};
const differing = [];
for (const [name, render] of Object.entries(pages)) {
  const file = join(folder, name);
  const text = await render(root);
  if (textOf(file) !== text) differing.push({ file, text });
}
const names = differing.map(({ file }) => relative(root, file)).join(', ');
if (process.argv.includes('--check')) {
  if (differing.length > 0) {
    console.error(`${names}: not as the program is; run \`npm run build && npm run docs:reference\``);
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of differing) writeFileSync(file, text);
  console.log(differing.length === 0 ? 'docs/reference is up to date' : `wrote ${names}`);
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
