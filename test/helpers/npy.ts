/** An array as `numpy.save` writes it. */
export function npyBytes(
  type: string,
  shape: readonly number[],
  values: ArrayBufferView,
  fortranOrder: 'True' | 'False' = 'False',
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = Buffer.from(
    `{'descr': '${type}', 'fortran_order': ${fortranOrder}, 'shape': (${sizes}), }\n`,
    'latin1',
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, data]);
}
