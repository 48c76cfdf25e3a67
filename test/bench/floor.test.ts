import { floorOf } from '../../src/bench/floor';

const client = { main: 7.6, workers: 0, librdkafka: 1.3, other: 2.4, total: 11.3 };
const native = { client, broker: 6.5, messagesPerSecond: 60_000, messages: 200_000 };

describe('the floor', () => {
  it('assumes all cores are busy with consume, produce, inference and the broker', () => {
    const floor = floorOf({ native, inference: 52.7, cores: 2, reached: 18_000 });
    expect(floor?.imagesPerSecond).toBeCloseTo(2e6 / 70.5);
    expect(floor?.share).toBeCloseTo(18_000 / (2e6 / 70.5));
    expect(floor).toMatchObject({ inference: 52.7, cores: 2, client, broker: 6.5 });
  });

  it('ignores a broker on another machine', () => {
    const away = { ...native, broker: null };
    expect(floorOf({ native: away, inference: 52.7, cores: 4, reached: 1 })?.imagesPerSecond).toBeCloseTo(
      4e6 / 64,
    );
  });

  it('is unknown without CPU times', () => {
    expect(floorOf({ native: { ...native, client: null }, inference: 1, cores: 2, reached: 1 })).toBeNull();
    expect(floorOf({ native, inference: null, cores: 2, reached: 1 })).toBeNull();
  });
});
