import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { refusal, useModelFolder } from '../../../helpers/model-folder';
import { withDataOutside } from '../../../helpers/onnx-external';
import { onnxNetwork } from '../../../helpers/onnx-network';

const { folder: folderOf, read } = useModelFolder();
let folder: string;
beforeEach(() => void (folder = folderOf()));

const WHOLE = onnxNetwork({
  input: { type: 'float32', layout: 'nchw', shape: [3, 4, 3] },
  kernel: Float32Array.from({ length: 36 * 3 }, (_, i) => i),
  classes: 3,
}).bytes;

async function write(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), bytes);
}

describe('weights of an ONNX file in a second one', () => {
  it.each([
    ['model.onnx', 'model.onnx.data', true],
    ['onnx/model.onnx', 'model.onnx_data', true],
    ['model.onnx', 'weights/all.bin', false],
  ])('%s: are read from %s', async (file, location, withLength) => {
    const { model, data } = withDataOutside(WHOLE, location, { withLength });
    await write(file, model);
    await write(path.join(path.dirname(file), location), data);
    const { network } = await read();
    // The file as it was before.
    expect(network.kind === 'onnx' && Buffer.from(network.bytes).equals(WHOLE)).toBe(true);
  });

  it('may be behind a link, as in the cache of Hugging Face', async () => {
    const { model, data } = withDataOutside(WHOLE, 'model.onnx.data');
    await write('snapshot/model.onnx', model);
    await write('blobs/1', data);
    await symlink('../blobs/1', path.join(folder, 'snapshot/model.onnx.data'));
    expect((await read('snapshot')).network.kind).toBe('onnx');
  });

  it.each<[string, Parameters<typeof withDataOutside>, string]>([
    ['a missing file', [WHOLE, 'gone.data'], 'gone.data is missing, but the model needs it'],
    ['a path outside of the folder', [WHOLE, '../w.data'], "is outside of the model's folder"],
    ['an absolute path', [WHOLE, '/etc/passwd'], "is outside of the model's folder"],
    ['no name', [WHOLE, ''], 'data in another file without a name'],
    [
      'more than the file has',
      [WHOLE, 'w', { change: { length: '433' } }],
      'w has 432 bytes, but a tensor is at 0 to 433',
    ],
    ['an offset behind the end', [WHOLE, 'w', { change: { offset: '440' } }], 'w has 432 bytes'],
    ['a number that is none', [WHOLE, 'w', { change: { offset: '-1' } }], 'at "-1", which is not a number'],
  ])('are refused for %s', async (_name, args, problem) => {
    const { model, data } = withDataOutside(...args);
    await write('model.onnx', model);
    await write('w', data);
    await expect(read()).rejects.toMatchObject(refusal('MODEL_CORRUPT', problem));
  });
});
