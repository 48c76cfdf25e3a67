import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { refusal, useModelFolder } from '../../../helpers/model-folder';
import { dense, flatten, input, onnxBytes, writeLayers } from '../../../helpers/own-model';

const { folder: folderOf, read } = useModelFolder();
let folder: string;
beforeEach(() => void (folder = folderOf()));

describe('a format of others is refused with its name and the remedy', () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ['m.h5', '\x89HDF\r\n\x1a\n', 'HDF5', 'tensorflowjs_converter --input_format keras'],
    ['any.bin', '\x89HDF\r\n\x1a\n', 'HDF5', 'format="onnx"'],
    ['m.keras', 'PK\x03\x04 metadata.json model.weights.h5', 'Keras 3', 'save("model.h5")'],
    ['m.pt', 'PK\x03\x04 archive/data.pklFB\x08\0ZZ', 'PyTorch', 'torch.onnx.export'],
    ['m.pth', Uint8Array.of(0x80, 2, 0x8a), 'PyTorch', 'torch.onnx.export'],
    ['m.zip', 'PK\x03\x04 model.json', 'ZIP', 'unpack it'],
    ['m.tflite', '\x1c\0\0\0TFL3', 'TensorFlow Lite', 'tf2onnx'],
    ['saved_model.pb', Uint8Array.of(8, 1, 0x12, 1, 2), 'SavedModel', 'tf_saved_model'],
    ['m.mlmodel', Uint8Array.of(8, 4, 0x12, 1, 2), 'Core ML', 'Keras or PyTorch'],
    ['frozen.pb', Uint8Array.of(0x0a, 3, 0x0a, 1, 0x61), 'frozen TensorFlow graph', '--graphdef'],
    [
      'm.safetensors',
      Buffer.concat([Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0), Buffer.from('{"a": 1}  ')]),
      'safetensors',
      'optimum-cli',
    ],
  ])('%s', async (name, bytes, format, remedy) => {
    await writeFile(
      path.join(folder, name),
      typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    );
    const expected = refusal('MODEL_UNSUPPORTED', name, format, remedy);
    await expect(read(name)).rejects.toMatchObject(expected);
    await expect(read(name)).rejects.toThrow(/^(?!.*restore)/);
    if (name !== 'any.bin') await expect(read()).rejects.toMatchObject(expected);
  });

  it('a layer of the user, whose code is not in the file', async () => {
    const custom = { class_name: 'MyLayer', config: { name: 'mine' }, registered_name: 'Custom>MyLayer' };
    await writeLayers(folder, { layers: [input([4, 4, 1]), custom, flatten, dense(2, 'softmax')] });
    await expect(read()).rejects.toMatchObject(
      refusal('MODEL_UNSUPPORTED', 'mine (Custom>MyLayer)', 'tf2onnx'),
    );
  });

  it('weights without names, as the converter writes them for .keras files', async () => {
    const weights = [{ name: 'layers/dense/vars/0', shape: [16, 2] }];
    await writeLayers(folder, { layers: [input([4, 4, 1]), flatten, dense(2, 'softmax')], weights });
    await expect(read()).rejects.toMatchObject(
      refusal('MODEL_UNSUPPORTED', 'layers/dense/vars/0', '.save("model.h5")'),
    );
  });

  it('channels first, operators of others and other bytes too', async () => {
    const first = { class_name: 'Conv2D', config: { name: 'conv', data_format: 'channels_first' } };
    await writeLayers(folder, { layers: [input([3, 8, 8]), first, flatten, dense(2, 'softmax')] });
    await expect(read()).rejects.toMatchObject(
      refusal('MODEL_UNSUPPORTED', 'channels first (layer conv)', 'channels_last'),
    );
    const tensor = { type: 1, shape: [1, 4] };
    await writeFile(path.join(folder, 'm.onnx'), onnxBytes(['Magic'], tensor, tensor, 'my.domain'));
    await expect(read('m.onnx')).rejects.toMatchObject(
      refusal('MODEL_UNSUPPORTED', 'my.domain:Magic', 'Export'),
    );
    await writeFile(path.join(folder, 'x.onnx'), 'hello');
    await expect(read('x.onnx')).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'cannot be read as ONNX'));
    await writeFile(path.join(folder, 'x.json'), '{"a": 1}');
    await expect(read('x.json')).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'no modelTopology'));
    await writeFile(path.join(folder, 'x.json'), `{"a": ${'['.repeat(5000)}${']'.repeat(5000)}}`);
    await expect(read('x.json')).rejects.toMatchObject(refusal('MODEL_CORRUPT', 'nested'));
  });
});
