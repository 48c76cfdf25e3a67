import { sentence } from '../../src/core/sentence';

it.each([
  ['the process is stopping', 'The process is stopping.'],
  [' Kafka at k:9092 does not answer. ', 'Kafka at k:9092 does not answer.'],
  ['images/2 has been stuck at offset 7', 'images/2 has been stuck at offset 7.'],
  ['localhost:9092 refused', 'localhost:9092 refused.'],
  ['wait, it loads …', 'Wait, it loads …'],
])('turns "%s" into a sentence', (text, expected) => expect(sentence(text)).toBe(expected));
