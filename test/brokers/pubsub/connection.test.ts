import { ipv6Endpoint } from '../../../src/brokers/pubsub/connection';

describe('the address of an emulator', () => {
  it.each([
    ['[::1]:8085', { servicePath: '[::1]', port: 8085 }],
    ['http://[fe80::2]:8085/', { servicePath: '[fe80::2]', port: 8085 }],
    ['[::1]', { servicePath: '[::1]', port: 80 }],
    ['localhost:8085', undefined],
    ['127.0.0.1:8085', undefined],
    ['', undefined],
  ])('%s', (address, expected) => {
    expect(ipv6Endpoint(address)).toEqual(expected);
  });
});
