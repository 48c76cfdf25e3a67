import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { useModelFolder } from '../../../helpers/model-folder';
import { onnxBytes, writeJson } from '../../../helpers/own-model';

const { folder: folderOf, read } = useModelFolder();
let folder: string;
beforeEach(async () => {
  folder = folderOf();
  const [image, scores] = [
    { type: 1, shape: ['n', 3, 'h', 'w'] },
    { type: 1, shape: ['n', 2] },
  ];
  await writeFile(path.join(folder, 'model.onnx'), onnxBytes(['Conv', 'Flatten'], image, scores));
  await writeJson(folder, 'config.json', { id2label: { 0: 'cat', 1: 'dog' } });
});

/** A size as `width height resize cropFrom`. */
async function sizeWith(preprocessor: object): Promise<string> {
  await writeJson(folder, 'preprocessor_config.json', preprocessor);
  const { shape } = await read();
  return [shape.width, shape.height, shape.resize, shape.cropFrom ?? '-'].join(' ');
}

describe('the image processors of Hugging Face', () => {
  it.each<[string, object, string]>([
    [
      'ViT',
      { image_processor_type: 'ViTImageProcessor', size: { height: 224, width: 160 } },
      '160 224 stretch -',
    ],
    ['ViT, before 4.26', { feature_extractor_type: 'ViTFeatureExtractor', size: 224 }, '224 224 stretch -'],
    [
      'DeiT, before 4.26',
      { feature_extractor_type: 'DeiTFeatureExtractor', size: 256, do_center_crop: true, crop_size: 224 },
      '224 224 stretch 256',
    ],
    [
      'CLIP, before 4.26',
      { feature_extractor_type: 'CLIPFeatureExtractor', size: 224, do_center_crop: true, crop_size: 224 },
      '224 224 crop 224',
    ],
    [
      'MobileNetV2',
      {
        image_processor_type: 'MobileNetV2ImageProcessor',
        size: { shortest_edge: 256 },
        do_center_crop: true,
        crop_size: { height: 224, width: 224 },
      },
      '224 224 crop 256',
    ],
    [
      'ConvNeXT',
      { image_processor_type: 'ConvNextImageProcessorFast', size: { shortest_edge: 224 }, crop_pct: 0.875 },
      '224 224 crop 256',
    ],
    [
      'ConvNeXT, large',
      { image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 384 } },
      '384 384 stretch -',
    ],
    [
      'ConvNeXT, before 4.26',
      { feature_extractor_type: 'ConvNextFeatureExtractor', size: 224, crop_pct: 0.95 },
      '224 224 crop 235',
    ],
    [
      'PoolFormer',
      {
        image_processor_type: 'PoolFormerImageProcessor',
        size: { shortest_edge: 224 },
        crop_pct: 0.9,
        do_center_crop: true,
        crop_size: { height: 224, width: 224 },
      },
      '224 224 crop 248',
    ],
    [
      'LeViT',
      {
        feature_extractor_type: 'LevitFeatureExtractor',
        size: { shortest_edge: 224 },
        do_center_crop: true,
        crop_size: { height: 224, width: 224 },
      },
      '224 224 crop 256',
    ],
  ])('%s: size and crop', async (_name, preprocessor, expected) => {
    expect(await sizeWith(preprocessor)).toBe(expected);
    expect((await read()).warnings).toEqual([]);
  });

  it.each<[number | string, string | undefined, string]>([
    [2, 'bilinear', ''],
    [3, 'bicubic', ''],
    ['PILImageResampling.BICUBIC', 'bicubic', ''],
    [4, 'area', ''],
    [0, 'bicubic', 'preprocessor_config.json scales pictures with nearest, but here it is bicubic'],
    [1, 'bicubic', 'preprocessor_config.json scales pictures with lanczos, but here it is bicubic'],
    ['hermite', 'bicubic', 'preprocessor_config.json scales pictures with hermite'],
  ])('resample %j: %s', async (resample, filter, warning) => {
    await sizeWith({ size: 224, resample });
    const { shape, warnings } = await read();
    expect(shape.filter).toBe(filter);
    expect(warnings).toEqual(warning === '' ? [] : [expect.stringContaining(warning)]);
  });

  it.each<[object, string, string]>([
    [{ size: { shortest_edge: 224 } }, '224 224 crop 224', 'cuts nothing off'],
    [{ size: { height: 9, width: 8 }, do_resize: false }, '', 'do_resize: false'],
    [{ size: { longest_edge: 9 } }, '', 'has the size {"longest_edge":9}, which is not known'],
    [
      { size: { height: 8, width: 8 }, do_center_crop: true, crop_size: 9 },
      '9 9 stretch -',
      'cuts 9 × 9 out',
    ],
  ])('%j: says what differs', async (preprocessor, expected, warning) => {
    // Files without a usable size need one.
    await writeJson(folder, 'classifier.json', expected === '' ? { input: { width: 8, height: 9 } } : {});
    const found = await sizeWith(preprocessor);
    expect(found).toBe(expected === '' ? '8 9 stretch -' : expected);
    expect((await read()).warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('may leave out scaling or normalization', async () => {
    await sizeWith({ size: 8, do_normalize: false, image_mean: [0.5, 0.5, 0.5], image_std: [0.1, 0.1, 0.1] });
    expect((await read()).preprocessing).toMatchObject({ scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] });
    await sizeWith({ size: 8, do_rescale: false, image_mean: [127], image_std: [64] });
    expect((await read()).preprocessing).toMatchObject({
      scale: 1,
      mean: [127, 127, 127],
      std: [64, 64, 64],
    });
  });

  it('may be for models of several labels, which have independent scores', async () => {
    await writeJson(folder, 'config.json', {
      id2label: { 0: 'cat', 1: 'dog' },
      problem_type: 'multi_label_classification',
    });
    await sizeWith({ size: 8 });
    expect((await read()).output).toMatchObject({ activation: 'sigmoid', independent: true });
  });
});

it('of several ONNX files takes model.onnx, and says so', async () => {
  await sizeWith({ size: 8 });
  const bytes = onnxBytes(['Softmax'], { type: 1, shape: [1, 3, 8, 8] }, { type: 1, shape: [1, 2] });
  await writeFile(path.join(folder, 'model_quantized.onnx'), bytes);
  expect((await read()).warnings).toEqual([
    expect.stringMatching(/model\.onnx is used.*model_quantized\.onnx/),
  ]);
  expect((await read('model_quantized.onnx')).warnings).toEqual([]);
});
