import { readModelFiles, resolveModelDir } from '../../models/files';
import { assertNotMade, quantizeModel } from '../../training/quantize';
import { loadSplit } from '../load-split';
import { describeInt8 } from '../training-report';

interface QuantizeFlags {
  readonly dataDir?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function quantize(
  model: string,
  { dataDir, seed, force = false, json }: QuantizeFlags,
): Promise<void> {
  const files = await readModelFiles(await resolveModelDir(model));
  assertNotMade(files, force);
  const place = { dataDir, stream: process.stderr };
  const result = await quantizeModel({
    files,
    training: await loadSplit('train', place),
    test: await loadSplit('test', place),
    seed,
    force,
  });
  process.stdout.write(
    json
      ? `${JSON.stringify({ dir: files.dir, ...result }, null, 2)}\n`
      : `${files.name}@${files.version}: ${describeInt8(result)}\nWritten to ${files.dir}\n`,
  );
}
