"""An independent check of what a stream published: shares no code with the program, and reads committed messages only.

    verify.py SERVERS INPUT PREDICTIONS DEAD_LETTERS MODEL MODE

MODEL is an ONNX file whose input is n × 1 × 28 × 28 uint8. Every raw image of the input topic is classified again with
ONNX Runtime, and compared with its predictions: the class, and each probability. MODE is exactly-once or at-least-once.

Prints one line of JSON. Exits with 1 if a message has no outcome, a class or a probability is wrong, an image became a
dead letter, or, in exactly-once, a message has several outcomes or a partition's predictions are out of order.
"""

import json
import sys
from collections import Counter, defaultdict

import numpy as np
import onnxruntime as ort
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

PIXELS = 784
BATCH = 256
# Predictions are rounded to six digits; the rest is the order in which a processor sums.
TOLERANCE = 1e-4
SHOWN = 10
TIMEOUT_S = 60


def read_all(servers, topics):
    """Messages by topic, each partition up to its present end."""
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "verify", "isolation.level": "read_committed", "enable.auto.commit": False}
    )
    ends = {}
    for topic in topics:
        for partition in consumer.list_topics(topic, TIMEOUT_S).topics[topic].partitions:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), TIMEOUT_S)
            if end > 0:
                ends[topic, partition] = end
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in ends])
    messages = defaultdict(list)
    while ends:
        batch = consumer.consume(1000, TIMEOUT_S)
        if not batch and not at_ends(consumer, ends):
            raise TimeoutError(f"nothing arrived for {TIMEOUT_S} s")
        for message in batch:
            if message.error():
                raise RuntimeError(message.error())
            messages[message.topic()].append(message)
        at_ends(consumer, ends)
    consumer.close()
    return messages


def at_ends(consumer, ends):
    """Forgets partitions that were read to their end, which may be the mark of a transaction."""
    places = consumer.position([TopicPartition(topic, partition) for topic, partition in ends])
    reached = [(place.topic, place.partition) for place in places if place.offset >= ends[place.topic, place.partition]]
    for place in reached:
        del ends[place]
    return reached


def source_of(message, dead_letters):
    if message.topic() == dead_letters:
        headers = dict(message.headers())
        return int(headers["source-partition"]), int(headers["source-offset"])
    source = json.loads(message.value())["source"]
    return source["partition"], int(source["offset"])


def probabilities_of(model, images):
    """By place in the input topic."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    places, found = list(images), {}
    for at in range(0, len(places), BATCH):
        part = places[at : at + BATCH]
        pixels = np.frombuffer(b"".join(images[place] for place in part), np.uint8).reshape(len(part), 1, 28, 28)
        found.update(zip(part, session.run(None, {"pixels": pixels})[0]))
    return found


def compare(predictions, expected, dead_letters):
    worst, wrong = 0.0, []
    for message in predictions:
        place = source_of(message, dead_letters)
        if place not in expected:
            wrong.append([*place, "a prediction of something that is no raw image"])
            continue
        prediction = json.loads(message.value())
        difference = float(np.abs(np.array(prediction["probabilities"]) - expected[place]).max())
        worst = max(worst, difference)
        if prediction["label"] != int(expected[place].argmax()) or difference > TOLERANCE:
            wrong.append([*place, prediction["label"], difference])
    return worst, wrong


def overtaken(predictions, dead_letters):
    """Predictions behind a later one of their input partition, by partition of the output."""
    last, found = {}, []
    for message in predictions:
        partition, offset = source_of(message, dead_letters)
        lane = message.partition(), partition
        if offset < last.get(lane, -1):
            found.append([partition, offset])
        last[lane] = max(offset, last.get(lane, -1))
    return found


def verify(servers, input_topic, output, dead_letters, model, mode):
    messages = read_all(servers, [input_topic, output, dead_letters])
    inputs = {(message.partition(), message.offset()): message.value() or b"" for message in messages[input_topic]}
    images = {place: value for place, value in inputs.items() if len(value) == PIXELS}
    predictions = [message for message in messages[output] if source_of(message, dead_letters) in inputs]
    letters = [source_of(message, dead_letters) for message in messages[dead_letters]]
    counts = Counter([source_of(message, dead_letters) for message in predictions] + letters)
    worst, wrong = compare(predictions, probabilities_of(model, images), dead_letters)
    exact = mode == "exactly-once"
    problems = {
        "missing": [place for place in inputs if counts[place] == 0],
        "wrong": wrong,
        "rejected": [place for place in letters if place in images],
        "repeated": [place for place, count in counts.items() if count > 1] if exact else [],
        "overtaken": overtaken(predictions, dead_letters) if exact else [],
    }
    return {
        "inputs": len(inputs),
        "compared": len(predictions),
        "worstDifference": worst,
        **{name: {"count": len(found), "first": found[:SHOWN]} for name, found in problems.items()},
    }


if __name__ == "__main__":
    verdict = verify(*sys.argv[1:])
    print(json.dumps(verdict))
    sys.exit(any(found["count"] for found in verdict.values() if isinstance(found, dict)))
