import fc from 'fast-check';

/** Any character of Unicode, for `fc.string({ unit })`. The unit `binary` builds a table of them all first, which takes 1.5 s. */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
