const { TestEnvironment } = require('jest-environment-node');

/**
 * Native add-ons make typed arrays of Node's own realm, and onnxruntime checks them with `instanceof`, which is false
 * for those of Jest's sandbox. Here both are the same.
 */
module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    Object.assign(this.global, { Float32Array, BigInt64Array, BigUint64Array });
  }
};
