#!/usr/bin/env node
// Both are read when their thread pools start, which is before anything below has run its course: librdkafka's consume
// calls each hold a libuv thread, and TensorFlow would otherwise start a thread a core in every worker.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';

import { runCli } from './program';

void runCli(process.argv);
