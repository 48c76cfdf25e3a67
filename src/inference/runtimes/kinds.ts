import { StreamInferError } from '../../core/errors';
import type { RuntimeName } from '../../core/runtime-name';
import type { ModelFiles, Network } from '../../models/files/model';

interface Kind {
  /** In a sentence about several. */
  readonly name: string;
  /** Fastest first: the order in which `auto` tries them. */
  readonly runtimes: readonly RuntimeName[];
}

const KINDS: Readonly<Record<Network['kind'], Kind>> = {
  layers: { name: 'TF.js layers models', runtimes: ['onnx', 'tfjs-node', 'tfjs-wasm'] },
  graph: { name: 'TF.js graph models', runtimes: ['tfjs-node', 'tfjs-wasm'] },
  onnx: { name: 'ONNX files', runtimes: ['onnx'] },
};

/** The runtimes that execute this kind of network, fastest first. */
export function runtimesFor(kind: Network['kind']): readonly RuntimeName[] {
  return KINDS[kind].runtimes;
}

/** Throws MODEL_UNSUPPORTED, naming the runtimes to use, if the runtime does not execute this kind of network. */
export function assertExecutes(
  runtime: RuntimeName,
  { network: { kind }, dir }: Pick<ModelFiles, 'network' | 'dir'>,
): void {
  const { name, runtimes } = KINDS[kind];
  if (runtimes.includes(runtime)) return;
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `the runtime ${runtime} does not execute ${name}, such as ${dir}; use --runtime ${runtimes.join(' or ')}`,
  );
}
