import { ImageCache } from '../../src/references/image-cache';
import type { FetchedImage } from '../../src/references/store';

const image = (bytes: number, etag?: string): FetchedImage => ({
  kind: 'fetched',
  bytes: Buffer.alloc(bytes),
  etag,
});

describe('the cache of images', () => {
  it('drops the images that were not used for the longest time', () => {
    const cache = new ImageCache(400);
    for (const name of ['a', 'b', 'c', 'd']) cache.set(name, image(100, name));
    cache.get('a');
    cache.set('e', image(100, 'e'));
    expect(['a', 'b', 'c', 'd', 'e'].filter((name) => cache.get(name) !== undefined)).toEqual([
      'a',
      'c',
      'd',
      'e',
    ]);
    expect(cache.bytes).toBe(400);
  });

  it('counts an image that changed once', () => {
    const cache = new ImageCache(400);
    for (let version = 0; version < 9; version++) cache.set('a', image(50, `${version}`));
    expect(cache.bytes).toBe(50);
    expect(cache.get('a')?.etag).toBe('8');
  });

  it.each([
    ['without an ETag', image(10)],
    ['of more than a quarter of its room', image(101, 'x')],
  ])('keeps no image %s', (_, one) => {
    const cache = new ImageCache(400);
    cache.set('a', one);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  it('keeps nothing without room', () => {
    const cache = new ImageCache(0);
    cache.set('a', image(1, 'x'));
    expect(cache.get('a')).toBeUndefined();
  });
});
