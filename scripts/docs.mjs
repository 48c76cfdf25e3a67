// Writes docs/reference/ and the types of the HTTP client from the built program, so that nothing is kept by hand.
//   node scripts/docs.mjs           write the files
//   node scripts/docs.mjs --check   exit 1 and name the files that differ from the program
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliPage } from './docs/cli.mjs';
import { clientTypes } from './docs/client-types.mjs';
import { configurationPage } from './docs/configuration.mjs';
import { errorCodesPage } from './docs/error-codes.mjs';
import { httpApiPage } from './docs/http-api.mjs';
import { messagesPage } from './docs/messages.mjs';
import { metricsPage } from './docs/metrics.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!existsSync(join(root, 'dist', 'cli', 'program.js'))) {
  console.error('dist/ is missing; run `npm run build` first');
  process.exit(1);
}

const files = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/configuration.md': configurationPage,
  'docs/reference/http-api.md': httpApiPage,
  'docs/reference/error-codes.md': errorCodesPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/messages.md': messagesPage,
  'src/client/api.ts': clientTypes,
};
const differing = [];
for (const [name, render] of Object.entries(files)) {
  const file = join(root, name);
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
  for (const { file, text } of differing) writeFileSync(file, text);
  console.log(differing.length === 0 ? 'docs/reference and the client are up to date' : `wrote ${names}`);
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
