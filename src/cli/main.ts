#!/usr/bin/env node
// Read when libuv's and TensorFlow's threads start, so they are set before anything else: each consume call of librdkafka
// holds a libuv thread, and TensorFlow would report on its start in every worker.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';

import { runCli } from './program';

void runCli(process.argv);
