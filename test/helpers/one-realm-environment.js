const { TestEnvironment } = require('jest-environment-node');

/**
 * Native add-ons make typed arrays of Node's own realm, and onnxruntime checks them with `instanceof`, which
 * is false for those of Jest's sandbox. Here both are the same. onnxruntime also ends the process when it is
 * initialised twice, as by a second test file, so it is loaded once outside the sandbox.
 */
module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    Object.assign(this.global, { Float32Array, BigInt64Array, BigUint64Array });
    Object.defineProperty(this.global, 'onnxruntime', { get: () => require('onnxruntime-node') });
  }
};
