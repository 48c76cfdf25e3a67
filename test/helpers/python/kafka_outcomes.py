"""An independent check of exactly-once delivery: reads committed messages only, with confluent-kafka.

SERVERS INPUT PREDICTIONS DEAD_LETTERS COUNT    COUNT is the least number of inputs there are; prints one JSON line
"""

import json
import sys
import time
from collections import Counter

from confluent_kafka import Consumer


def source_of(message):
    headers = dict(message.headers() or [])
    if "source-id" in headers:
        return headers["source-id"].decode()
    source = json.loads(message.value())["source"]
    return f"{source['topic']}/{source['partition']}/{source['offset']}"


def main(servers, input_topic, predictions, dead_letters, count):
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"judge-{time.time()}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([input_topic, predictions, dead_letters])
    inputs, seen, quiet_since = set(), Counter(), time.time()

    def complete():
        return len(inputs) >= count and inputs <= seen.keys()

    # A few more seconds after the last one, to see duplicates.
    while time.time() - quiet_since < (3 if complete() else 45):
        for message in consumer.consume(1000, 0.2):
            assert message.error() is None, message.error()
            if message.topic() == input_topic:
                inputs.add(f"{input_topic}/{message.partition()}/{message.offset()}")
            else:
                seen[source_of(message)] += 1
            quiet_since = time.time()
    consumer.close()
    twice = sorted(source for source, times in seen.items() if times > 1)
    verdict = {
        "inputs": len(inputs),
        "missing": sorted(inputs - seen.keys())[:10],
        "twice": twice[:10],
        "unasked": sorted(seen.keys() - inputs)[:10],
    }
    print(json.dumps(verdict))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
