"""What stream-infer is compared with: the same work in plain Python, with confluent-kafka and onnxruntime.

peer.py SERVERS INPUT OUTPUT COUNT MODEL BATCH THREADS

Reads COUNT raw images, classifies them in batches of at most BATCH, publishes the same JSON and headers as stream-infer
with its defaults, waits for the broker's confirmation, stores the offsets, and prints one JSON line with images a second
(the first tenth is cut off).
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


def outgoing(message, row, batch_size, received, inference_ms):
    headers = dict(message.headers() or [])
    label, truth = int(row.argmax()), headers.get("label")
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
    passed_on = [(name, value) for name, value in headers.items() if name not in ("label", "content-type", "id")]
    return source_id, json.dumps(prediction), [("content-type", "application/json"), *passed_on]


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
        {"bootstrap.servers": servers, "enable.idempotence": True, "linger.ms": 5, "compression.codec": "lz4"}
    )
    consumer.subscribe([source])
    done, started_at, started_with = 0, None, 0
    while done < count:
        messages = consumer.consume(batch, 1.0)
        if not messages:
            continue
        received = time.perf_counter()
        rows = predict(session, messages)
        inference_ms = (time.perf_counter() - received) * 1000
        for message, row in zip(messages, rows):
            key, value, headers = outgoing(message, row, len(messages), received, inference_ms)
            producer.produce(sink, value, key, headers=headers)
        # At least once, as stream-infer: confirmed first, then stored.
        assert producer.flush(60) == 0
        for message in messages:
            consumer.store_offsets(message)
        done += len(messages)
        if started_at is None and done >= count / 10:
            started_at, started_with = time.perf_counter(), done
    print(json.dumps({"imagesPerSecond": (done - started_with) / (time.perf_counter() - started_at)}))
    consumer.close()


if __name__ == "__main__":
    servers, source, sink, count, model, batch, threads = sys.argv[1:]
    main(servers, source, sink, int(count), model, int(batch), int(threads))
