import { openToRead, unreadable } from '../folder';

/** A format that the program does not read, and what to do instead. */
export interface ForeignFormat {
  readonly format: string;
  readonly remedy: string;
}

const TO_TFJS = 'tensorflowjs_converter';
const KERAS_TO_TFJS = `${TO_TFJS} --input_format keras model.h5 ./model`;
const KERAS_TO_ONNX =
  'in Python, after a prediction, model.export("model.onnx", format="onnx") with tf2onnx installed';
/** The converter reads .keras files, too, but loses the names of their weights. */
const FROM_KERAS_ZIP = 'keras.saving.load_model("model.keras").save("model.h5")';
const PYTORCH_REMEDY =
  'convert it: torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224), "model.onnx") with the size of your images';

const KERAS_HDF5: ForeignFormat = {
  format: 'a Keras model in HDF5 (.h5)',
  remedy: `convert it: ${KERAS_TO_TFJS}, or ${KERAS_TO_ONNX}`,
};
const KERAS_ZIP: ForeignFormat = {
  format: 'a Keras 3 model (.keras)',
  remedy: `convert it: ${FROM_KERAS_ZIP} in Python, then ${KERAS_TO_TFJS}; or ${KERAS_TO_ONNX}`,
};
const PYTORCH: ForeignFormat = { format: 'a PyTorch model (.pt, .pth)', remedy: PYTORCH_REMEDY };
const SAVED_MODEL: ForeignFormat = {
  format: 'a TensorFlow SavedModel',
  remedy:
    `convert its folder: ${TO_TFJS} --input_format tf_saved_model saved ./model, ` +
    'or python -m tf2onnx.convert --saved-model saved --output model.onnx',
};
const TFLITE: ForeignFormat = {
  format: 'a TensorFlow Lite model (.tflite)',
  remedy: 'convert it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx',
};
const SAFETENSORS: ForeignFormat = {
  format: 'a file of weights without a network (.safetensors)',
  remedy:
    'export the model to ONNX: optimum-cli export onnx --model <folder> --task image-classification ./model',
};
const CORE_ML: ForeignFormat = {
  format: 'a Core ML model (.mlmodel)',
  remedy: 'nothing converts it: export the model that it was made from (Keras or PyTorch) to TF.js or ONNX',
};
const FROZEN_GRAPH: ForeignFormat = {
  format: 'a frozen TensorFlow graph (.pb)',
  remedy:
    'convert it with the names of its tensors: ' +
    'python -m tf2onnx.convert --graphdef frozen.pb --inputs image:0 --outputs scores:0 --output model.onnx',
};
const ZIP: ForeignFormat = { format: 'a ZIP archive', remedy: 'unpack it and pass its folder to --model' };

/** By file name, for files in a folder that holds no model the program reads. */
const BY_NAME: readonly (readonly [RegExp, ForeignFormat])[] = [
  [/^saved_model\.pb(txt)?$/i, SAVED_MODEL],
  [/\.keras$/i, KERAS_ZIP],
  [/\.(h5|hdf5)$/i, KERAS_HDF5],
  [/\.(pt|pth|ckpt)$|^pytorch_model.*\.bin$/i, PYTORCH],
  [/\.safetensors$/i, SAFETENSORS],
  [/\.tflite$/i, TFLITE],
  [/\.ml(model|package)$/i, CORE_ML],
  [/\.pb$/i, FROZEN_GRAPH],
  [/\.zip$/i, ZIP],
];

/** The first file of a folder whose name is that of a foreign format. */
export function foreignAmong(names: readonly string[]): { name: string; foreign: ForeignFormat } | undefined {
  for (const [pattern, foreign] of BY_NAME) {
    const name = names.find((one) => pattern.test(one));
    if (name !== undefined) return { name, foreign };
  }
  return undefined;
}

/** Enough for a signature and for the first names of a ZIP archive; its last bytes list all names. */
const HEAD_BYTES = 4096;
const TAIL_BYTES = 65_536;
/** Tag of the first node of a `GraphDef`. */
const FIRST_NODE = 0x0a;

/**
 * The format of a file by its bytes, or by its name where other formats begin alike; undefined if nothing is known. Reads
 * only both ends of it.
 */
export async function foreignFormatOf(file: string): Promise<ForeignFormat | undefined> {
  const { head, tail } = await endsOf(file);
  if (/\.mlmodel$/i.test(file)) return CORE_ML;
  if (/\.pb$/i.test(file) && head[0] === FIRST_NODE) return FROZEN_GRAPH;
  if (startsWith(head, '\x89HDF\r\n\x1a\n')) return KERAS_HDF5;
  if (startsWith(head, 'PK\x03\x04')) return formatInZip(head.toString('latin1') + tail.toString('latin1'));
  if (head.subarray(4, 8).toString('latin1') === 'TFL3') return TFLITE;
  if (head[0] === 0x80 && head[1] !== undefined && head[1] <= 5) return PYTORCH;
  if (head[8] === 0x7b && head.length > 16 && head.readBigUInt64LE(0) < 1n << 32n) return SAFETENSORS;
  // Version 1 of its schema, then a message; ONNX has a higher version.
  if (startsWith(head, '\x08\x01\x12')) return SAVED_MODEL;
  return undefined;
}

function formatInZip(names: string): ForeignFormat {
  if (names.includes('model.weights.h5')) return KERAS_ZIP;
  // The name is followed by other bytes without a gap.
  return names.includes('/data.pkl') ? PYTORCH : ZIP;
}

function startsWith(bytes: Buffer, signature: string): boolean {
  return bytes.subarray(0, signature.length).toString('latin1') === signature;
}

async function endsOf(file: string): Promise<{ head: Buffer; tail: Buffer }> {
  try {
    const handle = await openToRead(file);
    try {
      const { size } = await handle.stat();
      const read = async (at: number, length: number): Promise<Buffer> => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
        return buffer.subarray(0, bytesRead);
      };
      return {
        head: await read(0, HEAD_BYTES),
        tail: await read(Math.max(0, size - TAIL_BYTES), TAIL_BYTES),
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}
