import { run } from './command.mjs';

const PROOF_MS = 60_000;

/** Loads a package in a process of its own: a broken binary may end the process that loads it. */
export async function prove(packageDir, check) {
  const script = `const loaded = require(process.argv[1]); if (!(${check})) process.exit(3);`;
  return (await run(process.execPath, ['-e', script, packageDir], { timeoutMs: PROOF_MS })).ok;
}
