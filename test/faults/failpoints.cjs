/**
 * Loaded before the program (NODE_OPTIONS=--require): breaks it from within at a known point, without code in the program.
 * STREAM_INFER_FAILPOINT selects the failure. With a FILE, the test chooses the time by creating that file.
 *
 * `kill-before-store:N`        SIGKILL instead of the Nth store of offsets: confirmed by the broker, not committed.
 * `kill-before-commit:N`       SIGKILL instead of the Nth commit of a transaction with offsets.
 * `hold-commit:N:MS`           Delays the Nth commit of a transaction with offsets by MS.
 * `swallow:CLASS.METHOD:N`     Drops the Nth call of a method of the Kafka client, which never calls back.
 * `hold-offsets:MS:FILE`       Delays the first transaction that sends its offsets after FILE by MS, and creates FILE.held.
 * `block-main:MS:FILE`         Blocks the main thread for MS when FILE appears.
 * `block-worker:MS:FILE`       Blocks each worker thread for MS at its first result after FILE.
 * `reject:FILE`                Causes an unhandled rejection when FILE appears.
 * `clock:HOURS`                The wall clock jumps forward and back by HOURS, twice a second.
 */
const { existsSync, writeFileSync } = require('node:fs');
const { isMainThread, MessagePort } = require('node:worker_threads');

const [kind, first, second] = (process.env.STREAM_INFER_FAILPOINT ?? '').split(':');

const FAILPOINTS = {
  'kill-before-store': () => isMainThread && killBeforeStore(Number(first)),
  'kill-before-commit': () =>
    isMainThread && beforeCommit(Number(first), () => process.kill(process.pid, 'SIGKILL')),
  'hold-commit': () => isMainThread && beforeCommit(Number(first), (go) => setTimeout(go, Number(second))),
  swallow: () => isMainThread && swallow(first, Number(second)),
  'hold-offsets': () => isMainThread && holdOffsets(Number(first), second),
  'block-main': () => isMainThread && whenThere(second, () => standStill(Number(first))),
  'block-worker': () => !isMainThread && blockAnswer(Number(first), second),
  reject: () => isMainThread && whenThere(first, () => void Promise.reject(new Error('the failpoint'))),
  clock: () => jumpingClock(Number(first) * 3_600_000),
};
FAILPOINTS[kind]?.();

function killBeforeStore(nth) {
  let stores = 0;
  const { KafkaConsumer } = require('@confluentinc/kafka-javascript');
  const store = KafkaConsumer.prototype.offsetsStore;
  KafkaConsumer.prototype.offsetsStore = function (offsets) {
    if (++stores === nth) process.kill(process.pid, 'SIGKILL');
    return store.call(this, offsets);
  };
}

/** The offsets of the transaction are with the broker by then. */
function beforeCommit(nth, act) {
  let commits = 0;
  const { Producer } = require('@confluentinc/kafka-javascript');
  const commit = Producer.prototype.commitTransaction;
  Producer.prototype.commitTransaction = function (...args) {
    const go = () => commit.apply(this, args);
    if (++commits === nth) act(go);
    else go();
  };
}

function swallow(name, nth) {
  const [owner, method] = name.split('.');
  const { prototype } = require('@confluentinc/kafka-javascript')[owner];
  const original = prototype[method];
  let calls = 0;
  prototype[method] = function (...args) {
    if (++calls !== nth) return original.apply(this, args);
    process.stderr.write(`swallowed ${name}\n`);
    return this;
  };
}

/** The messages of the transaction are with the broker by then. */
function holdOffsets(ms, file) {
  let done = false;
  const { Producer } = require('@confluentinc/kafka-javascript');
  const send = Producer.prototype.sendOffsetsToTransaction;
  Producer.prototype.sendOffsetsToTransaction = function (...args) {
    if (done || !existsSync(file)) return send.apply(this, args);
    done = true;
    writeFileSync(`${file}.held`, '');
    setTimeout(() => send.apply(this, args), ms);
  };
}

/** Once. */
function whenThere(file, act) {
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    act();
  }, 20);
  timer.unref();
}

/** Not by a timer: an idle worker of Piscina's waits in Atomics.wait, where none fires. */
function blockAnswer(ms, file) {
  let done = false;
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (...args) {
    if (!done && existsSync(file)) {
      done = true;
      standStill(ms);
    }
    return post.apply(this, args);
  };
}

/** Without using a core. */
function standStill(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function jumpingClock(by) {
  const RealDate = Date;
  let offset = 0;
  setInterval(() => (offset = offset === 0 ? by : offset > 0 ? -by : 0), 500).unref();
  const now = () => RealDate.now() + offset;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? new target(now()) : new target(...args)),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
