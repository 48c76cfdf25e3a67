import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ATTRIBUTES, registerAttributes } from '../../../src/inference/runtimes/tfjs-node-attributes';
import { requireTfjsNode, type TensorFlow } from '../../../src/inference/runtimes/tfjs-node-library';
import { SharedLock } from '../../../src/inference/shared-lock';
import { describeWith } from '../../helpers/parts';

interface Binding {
  executeOp(name: string, attributes: [{ name: string }], inputs: number[], outputs: number): unknown;
}

describeWith(['tfjs-node'], 'the attributes of tfjs-node', () => {
  it('are all names that its operations use', () => {
    const folder = join(dirname(require.resolve('@tensorflow/tfjs-node/package.json')), 'dist');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.js') && !name.endsWith('_test.js'),
    );
    const source = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const used = source.matchAll(/(?:\bname: |createTensorsTypeOpAttr\)?\()['"](\w+)['"]/g);
    expect([...new Set([...used].map(([, name]) => name))].sort()).toEqual([...ATTRIBUTES].sort());
  });

  it('are registered under the lock, each by an operation that fails', () => {
    const library = requireTfjsNode();
    const registered: string[] = [];
    const memory = new Int32Array(new SharedArrayBuffer(4));
    const { binding } = library.backend() as unknown as { binding: Binding };
    const executeOp: Binding['executeOp'] = (...args) => {
      expect(memory[0]).toBe(1);
      registered.push(args[1][0].name);
      return binding.executeOp(...args);
    };
    const watched = { backend: () => ({ binding: { ...binding, executeOp } }) };
    registerAttributes(watched as unknown as TensorFlow, new SharedLock(memory.buffer));
    expect(registered).toEqual(ATTRIBUTES);
    expect([...library.tensor1d([1, 2]).add(1).dataSync()]).toEqual([2, 3]);
  });
});
