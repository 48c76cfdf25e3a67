import { imageShape } from '../../src/cli/arguments';

it.each([
  ['28x28', { height: 28, width: 28, channels: 1 }],
  ['96x128x3', { height: 96, width: 128, channels: 3 }],
])('reads the shape %s', (text, shape) => expect(imageShape(text)).toEqual(shape));

it.each(['28', '0x28', '28x28x2', '28×28', '99999x1'])('refuses the shape %s with the form', (text) =>
  expect(() => imageShape(text)).toThrow('<height>x<width>x3, such as 96x96x3'),
);
