import { mapFromText } from '../../src/config/map-text';

describe('a map as text', () => {
  it.each<[string, string, unknown]>([
    ['JSON', '{"a.b": "x,y=z", "linger.ms": 5}', { 'a.b': 'x,y=z', 'linger.ms': 5 }],
    [
      'lines',
      'sasl.password=p,w=d,x.y=z\n# why\n\r\nacks = all\n',
      { 'sasl.password': 'p,w=d,x.y=z', acks: 'all' },
    ],
    ['one line', 'client.id=x,linger.ms=5, acks=all', { 'client.id': 'x', 'linger.ms': '5', acks: 'all' }],
    [
      'a list of brokers',
      'bootstrap.servers=a:1,b:2,client.id=x',
      { 'bootstrap.servers': 'a:1,b:2', 'client.id': 'x' },
    ],
    ['a value with a comma', 'sasl.password=p,w', { 'sasl.password': 'p,w' }],
    ['JSON that does not parse', '{"a": ', '{"a": '],
    ['no pairs', 'hunter2', 'hunter2'],
  ])('%s', (_, text, expected) => {
    expect(mapFromText(text)).toEqual(expected);
  });
});
