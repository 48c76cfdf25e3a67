// Exports the graph that stream-infer executes, for the peers.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const require = createRequire(import.meta.url);

/** @returns {(precision: string) => Promise<string>} the model file of a precision, written once */
export function createModels(folder) {
  const files = new Map();
  return async (precision) => {
    if (!files.has(precision)) files.set(precision, await exportModel(folder, precision));
    return files.get(precision);
  };
}

async function exportModel(folder, precision) {
  const { readModelFiles, resolveModelDir } = require(join(DIST, 'models', 'files', 'index.js'));
  const { compileToInt8, compileToOnnx } = require(join(DIST, 'inference', 'onnx', 'compile.js'));
  const files = await readModelFiles(await resolveModelDir('fashion-mnist@1'));
  const file = join(folder, `model-${precision}.onnx`);
  writeFileSync(file, precision === 'int8' ? compileToInt8(files, files.int8) : compileToOnnx(files));
  return file;
}
