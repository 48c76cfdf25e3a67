"""A third-party client: publishes test images to Kafka and reads predictions with confluent-kafka.

publish SERVERS TOPIC COUNT
read SERVERS TOPIC COUNT    prints one JSON line: how many came, how many differ, how many are right
"""

import json
import sys
import time

from confluent_kafka import Consumer, Producer

from dataset import test_images


def publish(servers, topic, count):
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 5})
    for i, (pixels, label) in zip(range(count), test_images()):
        producer.produce(topic, pixels, headers={"label": str(label), "n": str(i)})
        producer.poll(0)
    assert producer.flush(60) == 0


def read(servers, topic, count):
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"reader-{time.time()}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    seen, messages, quiet_since = {}, 0, time.time()
    # One more second after the last one, to see duplicates.
    while time.time() - quiet_since < (2 if len(seen) >= count else 30):
        for message in consumer.consume(1000, 0.2):
            assert message.error() is None, message.error()
            prediction = json.loads(message.value())
            seen[prediction["id"]] = prediction
            messages += 1
            quiet_since = time.time()
    consumer.close()
    correct = sum(1 for prediction in seen.values() if prediction.get("correct"))
    print(json.dumps({"messages": messages, "distinct": len(seen), "correct": correct}))


if __name__ == "__main__":
    {"publish": publish, "read": read}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
