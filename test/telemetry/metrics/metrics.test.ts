import type { Delivery } from '../../../src/core/message';
import type { DeadLetterOutcome } from '../../../src/core/prediction';
import { createTestMetrics, linesOf } from '../../helpers/metrics';
import { createOutcome } from '../../helpers/services';

function createDeadLetter(): DeadLetterOutcome {
  const { delivery } = createOutcome();
  const rejection = { code: 'CORRUPT', message: 'cut off', stage: 'decode', attempts: 1 } as const;
  return { kind: 'dead letter', delivery, rejection };
}

describe('the metrics', () => {
  it('count predictions by class and version, and dead letters by stage and code', async () => {
    const { metrics } = createTestMetrics();
    metrics.onOutcomes([createOutcome({ label: 8 }), createOutcome({ label: 8 }), createDeadLetter()], 4);
    metrics.onOutcomes([createOutcome({ label: 0 })], 6);
    const text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_predictions_total')).toEqual([
      'stream_infer_predictions_total{class="Bag",model_version="1"} 2',
      'stream_infer_predictions_total{class="T-shirt/top",model_version="1"} 1',
    ]);
    expect(linesOf(text, 'stream_infer_messages_failed_total')).toEqual([
      'stream_infer_messages_failed_total{stage="decode",code="CORRUPT"} 1',
    ]);
    expect(linesOf(text, 'stream_infer_dlq_total')).toEqual(['stream_infer_dlq_total{code="CORRUPT"} 1']);
    expect(metrics.outcomes).toBe(4);
  });

  it('have times in seconds: those of a batch once, those of a message each time', async () => {
    const { metrics } = createTestMetrics();
    const timing = { queueMs: 2, inferenceMs: 4, batchSize: 2 };
    metrics.onOutcomes([createOutcome({ timing }), createOutcome({ timing })], 8);
    const text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_inference_duration_seconds_sum')).toEqual([
      'stream_infer_inference_duration_seconds_sum 0.004',
    ]);
    expect(linesOf(text, 'stream_infer_inference_duration_seconds_count')[0]).toMatch(/ 1$/);
    expect(linesOf(text, 'stream_infer_publish_duration_seconds_sum')[0]).toMatch(/ 0\.008$/);
    expect(linesOf(text, 'stream_infer_queue_duration_seconds_count')[0]).toMatch(/ 2$/);
    expect(linesOf(text, 'stream_infer_queue_duration_seconds_sum')[0]).toMatch(/ 0\.004$/);
    expect(linesOf(text, 'stream_infer_end_to_end_latency_seconds_count')[0]).toMatch(/ 2$/);
    expect(linesOf(text, 'stream_infer_batch_size_sum')[0]).toMatch(/ 2$/);
  });

  it('have the confidence of predictions, and their latency by class', async () => {
    const { metrics } = createTestMetrics();
    const outcomes = [0.42, 0.97, 1].map((confidence) => createOutcome({ label: 8, confidence }));
    const started = Date.now() - 2_000;
    metrics.onOutcomes(
      outcomes.map((outcome) => ({ ...outcome, delivery: { ...outcome.delivery, timestamp: started } })),
      1,
    );
    const text = await metrics.toText();
    const bucket = (le: string) => `stream_infer_prediction_confidence_bucket{le="${le}"}`;
    expect(linesOf(text, bucket('0.4'))).toEqual([`${bucket('0.4')} 0`]);
    expect(linesOf(text, bucket('0.5'))).toEqual([`${bucket('0.5')} 1`]);
    expect(linesOf(text, bucket('0.99'))).toEqual([`${bucket('0.99')} 2`]);
    expect(linesOf(text, bucket('1'))).toEqual([`${bucket('1')} 3`]);
    const [latency = ''] = linesOf(text, 'stream_infer_prediction_latency_seconds_total');
    expect(latency).toMatch(
      /^stream_infer_prediction_latency_seconds_total\{class="Bag",model_version="1"\} /,
    );
    const seconds = Number(latency.split(' ').at(-1));
    expect(seconds).toBeGreaterThanOrEqual(6);
    expect(seconds).toBeLessThan(36);
  });

  it('have the time of decoding, where it is measured', async () => {
    const { metrics } = createTestMetrics();
    metrics.onOutcomes([{ ...createOutcome(), decodeMs: 3 }], 1);
    metrics.onOutcomes([createOutcome()], 1);
    const text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_decode_duration_seconds_sum')[0]).toMatch(/ 0\.003$/);
    expect(linesOf(text, 'stream_infer_decode_duration_seconds_count')[0]).toMatch(/ 1$/);
  });

  it('count results from memory, but not as inference', async () => {
    const { metrics } = createTestMetrics();
    const known = { ...createOutcome(), inferenceMs: 0, batchSize: 7 };
    metrics.onOutcomes([{ ...createOutcome(), inferenceMs: 4 }, known], 1);
    metrics.onOutcomes([known], 1);
    const text = await metrics.toText();
    const valueOf = (name: string) => Number(linesOf(text, `stream_infer_${name}`)[0]?.split(' ').at(-1));
    expect(valueOf('predictions_total')).toBe(3);
    expect([valueOf('inference_duration_seconds_count'), valueOf('batch_size_count')]).toEqual([1, 1]);
    expect(valueOf('inference_duration_seconds_sum')).toBe(0.004);
    expect([valueOf('cache_hits_total'), valueOf('cache_entries')]).toEqual([90, 8]);
  });

  it('have the wait for messages, over calls without any, and the time of commits', async () => {
    const { metrics } = createTestMetrics();
    const { delivery } = createOutcome();
    const batches: Delivery[][] = [[], [delivery]];
    const receive = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return batches.shift() ?? [];
    };
    const source = metrics.counting({ receive, isCurrent: () => true });
    const { signal } = new AbortController();
    await source.receive(1, signal);
    await source.receive(1, signal);
    metrics.committed(250);
    const text = await metrics.toText();
    const valueOf = (name: string) => Number(linesOf(text, `stream_infer_${name}`)[0]?.split(' ').at(-1));
    expect(valueOf('fetch_duration_seconds_count')).toBe(1);
    expect(valueOf('fetch_duration_seconds_sum')).toBeGreaterThan(0.035);
    expect(valueOf('commit_duration_seconds_sum')).toBe(0.25);
  });

  it('count what a source hands out, and pass it on', async () => {
    const { metrics } = createTestMetrics();
    const delivery = createOutcome().delivery;
    const batches: Delivery[][] = [[delivery, delivery], [], [delivery]];
    const source = metrics.counting({ receive: async () => batches.shift() ?? [], isCurrent: () => true });
    const { signal } = new AbortController();
    expect(await source.receive(10, signal)).toHaveLength(2);
    expect(await source.receive(10, signal)).toHaveLength(0);
    expect(await source.receive(10, signal)).toHaveLength(1);
    expect(linesOf(await metrics.toText(), 'stream_infer_messages_consumed_total')).toEqual([
      'stream_infer_messages_consumed_total{broker="kafka",topic="images"} 3',
    ]);
  });

  it('have a latency goal only where there is one', async () => {
    const goalOf = async (...goal: Parameters<typeof createTestMetrics>): Promise<string[]> => {
      const text = await createTestMetrics(...goal).metrics.toText();
      return text.split('\n').filter((line) => line.startsWith('stream_infer_latency_'));
    };
    expect(await goalOf('none')).toEqual([]);
    expect(await goalOf(null)).toContain('stream_infer_latency_goal_met Nan');
    expect(await goalOf()).toEqual([
      'stream_infer_latency_goal_seconds 0.03',
      'stream_infer_latency_goal_actual_seconds 0.0214',
      'stream_infer_latency_goal_met 1',
      'stream_infer_latency_goal_throughput_loss 0.18',
    ]);
  });

  it('report the values at the time of the request', async () => {
    const { metrics, services, resources } = createTestMetrics();
    services.lagMessages = [5, 20];
    let text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_consumer_lag')).toEqual([
      'stream_infer_consumer_lag{topic="images",partition="0"} 5',
      'stream_infer_consumer_lag{topic="images",partition="1"} 20',
    ]);
    expect(linesOf(text, 'stream_infer_lag_seconds')).toEqual(['stream_infer_lag_seconds 2']);
    expect(linesOf(text, 'stream_infer_oldest_unacked_seconds')[0]).toMatch(/ 1\.5$/);
    expect(linesOf(text, 'stream_infer_sse_frames_skipped_total')[0]).toMatch(/ 7$/);
    expect(linesOf(text, 'stream_infer_ready')).toEqual(['stream_infer_ready 1']);
    expect(linesOf(text, 'stream_infer_alerts_total')).toEqual(['stream_infer_alerts_total{rule="bags"} 3']);

    // A partition that was revoked leaves no line behind, and a counter is not counted twice.
    services.lagMessages = [1];
    services.health = () => ({
      ready: false,
      reasons: ['stopping'],
      source: { state: 'up' },
      sink: { state: 'up' },
    });
    resources.pool = null;
    text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_consumer_lag')).toHaveLength(1);
    expect(linesOf(text, 'stream_infer_sse_frames_skipped_total')[0]).toMatch(/ 7$/);
    expect(linesOf(text, 'stream_infer_alerts_total')[0]).toMatch(/ 3$/);
    expect(linesOf(text, 'stream_infer_ready')).toEqual(['stream_infer_ready 0']);
    expect(linesOf(text, 'stream_infer_model_info')).toEqual([]);
  });

  it('name the build and the model, and have those of Node', async () => {
    const { metrics } = createTestMetrics();
    const text = await metrics.toText();
    expect(linesOf(text, 'stream_infer_model_info')[0]).toMatch(
      /\{name="fashion-mnist",version="1",sha256="a{64}",runtime="tfjs-node",precision="fp32"\} 1$/,
    );
    expect(linesOf(text, 'stream_infer_build_info')[0]).toContain(`node="${process.versions.node}"`);
    expect(linesOf(text, 'process_resident_memory_bytes')).toHaveLength(1);
    expect(linesOf(text, 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
  });

  it('report the drift of the latest predictions, and nothing without a baseline', async () => {
    const { metrics, services } = createTestMetrics();
    expect(linesOf(await metrics.toText(), 'stream_infer_drift_index')).toEqual([
      'stream_infer_drift_index{measure="classes"} 0.07',
    ]);
    Object.assign(services, { drift: undefined });
    expect(linesOf(await metrics.toText(), 'stream_infer_drift_index')).toEqual([]);
  });

  it('count workers that were lost', async () => {
    const { metrics } = createTestMetrics();
    metrics.workerLost();
    expect(linesOf(await metrics.toText(), 'stream_infer_workers_lost_total')[0]).toMatch(/ 1$/);
  });
});
