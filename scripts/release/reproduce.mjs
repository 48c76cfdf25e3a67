// Builds and packs this checkout in two folders and compares the tarballs bit by bit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAndPack, copyCheckout } from './copy.mjs';

const folders = ['first', 'the second, elsewhere'].map((name) =>
  join(mkdtempSync(join(tmpdir(), 'stream-infer-release-')), name),
);
try {
  const [first, second] = folders.map((folder) => {
    copyCheckout(folder);
    return buildAndPack(folder);
  });
  const same = first.integrity === second.integrity;
  const megabytes = (first.size / 1e6).toFixed(2);
  console.log(`${first.filename}: ${megabytes} MB, ${first.entryCount} files`);
  console.log(same ? `reproducible: ${first.integrity}` : 'the two tarballs differ:');
  if (!same) {
    const sizes = new Map(second.files.map(({ path, size }) => [path, size]));
    for (const { path, size } of first.files)
      if (sizes.get(path) !== size) console.log(`  ${path}: ${size} and ${sizes.get(path)} bytes`);
    process.exitCode = 1;
  }
} finally {
  for (const folder of folders) rmSync(join(folder, '..'), { recursive: true, force: true });
}
