/** The result of `require('onnxruntime-node')` in tests (jest.config.js); see one-realm-environment.js. */
if (!('onnxruntime' in globalThis)) {
  throw new Error(
    'A test that runs onnxruntime needs: @jest-environment ./test/helpers/one-realm-environment.js',
  );
}
module.exports = globalThis.onnxruntime;
