/**
 * Imported first, because libuv and TensorFlow read these once. Each consume call of librdkafka holds a libuv thread;
 * TensorFlow would log its start in every worker.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
