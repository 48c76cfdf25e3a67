import { Permits } from '../../src/pipeline/permits';

describe('permits', () => {
  it('bound the messages in flight', () => {
    const permits = new Permits({ messages: 2, bytes: 1e6 });
    permits.acquire(10);
    expect(permits.room()).toBe(1);
    permits.acquire(10);
    expect(permits.room()).toBe(0);
    permits.release(10);
    expect(permits.room()).toBe(1);
  });

  it('bound the bytes in flight, and ask for fewer messages while they are large', () => {
    const permits = new Permits({ messages: 1000, bytes: 10_000 });
    permits.acquire(4_000);
    expect(permits.room()).toBe(1);
    permits.acquire(6_000);
    expect(permits.room()).toBe(0);
    permits.release(6_000);
    expect(permits.room()).toBe(1);
  });

  it('let a single message above the limit pass, or it would never be received', () => {
    expect(new Permits({ messages: 10, bytes: 100 }).room()).toBeGreaterThan(0);
  });
});
