import { createRequestId, timeOfRequest } from '../../src/requests/request-id';

describe('the id of a request', () => {
  it('is a UUID of version 7 that holds its time, and is never the same', () => {
    const now = Date.parse('2026-11-29T20:00:00.123Z');
    const ids = new Set(Array.from({ length: 1_000 }, () => createRequestId(now)));
    expect(ids.size).toBe(1_000);
    for (const id of ids) {
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(timeOfRequest(id, now)).toBe(now);
    }
  });

  it('sorts by time', () => {
    const ids = [1, 2_000, 3e9, 1.7e12].map((ms) => createRequestId(ms));
    expect([...ids].sort()).toEqual(ids);
  });

  it('has no time in the future, or where a client chose it', () => {
    const now = 1.7e12;
    expect(timeOfRequest(createRequestId(now + 120_000), now)).toBeUndefined();
    for (const id of ['order-4711', '', '3b241101-e2bb-4255-8caf-4136c566a962'])
      expect(timeOfRequest(id)).toBeUndefined();
  });
});
