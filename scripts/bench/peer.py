"""A peer of stream-infer in plain Python, with confluent-kafka and onnxruntime.

peer.py SERVERS INPUT OUTPUT COUNT MODEL BATCH THREADS

Reads COUNT raw images, classifies them in batches of at most BATCH, publishes the same JSON as stream-infer without headers,
waits for the broker's confirmation (acks=all), and stores the offsets. compare.mjs measures with the broker's timestamps.
"""

import json
import sys
import time
from datetime import datetime, timezone

import numpy as np
import onnxruntime as ort
from confluent_kafka import Consumer, Producer

NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
MODEL = {"name": "fashion-mnist", "version": 1, "sha256": "0" * 64, "runtime": "onnx", "precision": "fp32"}


def iso(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")


def predict(session, messages):
    pixels = np.frombuffer(b"".join(message.value() for message in messages), np.uint8)
    return session.run(None, {"pixels": pixels.reshape(len(messages), 1, 28, 28)})[0]


def prediction_of(message, row, batch_size, received, inference_ms):
    truth = dict(message.headers() or []).get("label")
    label = int(row.argmax())
    source_id = f"{message.topic()}/{message.partition()}/{message.offset()}"
    prediction = {
        "schemaVersion": 1,
        "id": source_id,
        "label": label,
        "className": NAMES[label],
        "confidence": round(float(row[label]), 6),
        "probabilities": [round(value, 6) for value in row.tolist()],
        **({"truth": int(truth), "correct": int(truth) == label} if truth else {}),
        "model": MODEL,
        "source": {
            "broker": "kafka",
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": str(message.offset()),
            "key": None,
            "timestamp": iso(message.timestamp()[1]),
        },
        "timing": {
            "queueMs": 0,
            "inferenceMs": round(inference_ms, 2),
            "totalMs": round((time.perf_counter() - received) * 1000, 2),
            "batchSize": batch_size,
        },
        "predictedAt": iso(time.time() * 1000),
    }
    return json.dumps(prediction)


def main(servers, source, sink, count, model, batch, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model, options)
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"peer-{time.time()}",
            "auto.offset.reset": "earliest",
            "enable.auto.offset.store": False,
            "isolation.level": "read_committed",
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "compression.codec": "lz4",
        }
    )
    consumer.subscribe([source])
    done = 0
    while done < count:
        messages = consumer.consume(min(batch, count - done), 1.0)
        if not messages:
            continue
        received = time.perf_counter()
        rows = predict(session, messages)
        inference_ms = (time.perf_counter() - received) * 1000
        for message, row in zip(messages, rows):
            producer.produce(sink, prediction_of(message, row, len(messages), received, inference_ms))
        # At-least-once like stream-infer: offsets are stored after the confirmation.
        assert producer.flush(60) == 0
        for message in messages:
            consumer.store_offsets(message)
        done += len(messages)
    consumer.close()


if __name__ == "__main__":
    servers, source, sink, count, model, batch, threads = sys.argv[1:]
    main(servers, source, sink, int(count), model, int(batch), int(threads))
