/** How TypeScript becomes JavaScript, in the build and in the tests alike. @param syntax `typescript` or `ecmascript` */
module.exports = function swcOptions(syntax = 'typescript') {
  return { jsc: { target: 'es2022', parser: { syntax } }, module: { type: 'commonjs' } };
};
