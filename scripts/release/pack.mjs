// Builds and packs this checkout without touching its dist/, and prints npm's description of the tarball.
//   node scripts/release/pack.mjs <folder>
import { join } from 'node:path';
import { buildAndPack, copyCheckout } from './copy.mjs';

const checkout = join(process.argv[2], 'checkout');
copyCheckout(checkout);
console.log(JSON.stringify(buildAndPack(checkout)));
