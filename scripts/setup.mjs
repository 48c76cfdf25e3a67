// Prepares a checkout (dependencies, native parts, build) or, in an installed package, the native parts.
// Node's own modules only: it runs before anything is installed. The rest is imported after the version
// check, so that an old Node prints one line instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`stream-infer needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

const only = process.argv.indexOf('--only');
// Next to a program that runs already.
const isBehind = process.argv.includes('--behind');
import('./setup/run.mjs').then(async ({ setup, followUp }) =>
  isBehind
    ? followUp()
    : setup({
        retry: process.argv.includes('--retry'),
        only: only < 0 ? undefined : (process.argv[only + 1] ?? ''),
      }),
);
