"""An independent judge of exactly-once delivery: reads committed messages only, with confluent-kafka.

SERVERS PREDICTIONS DEAD_LETTERS COUNT    prints one JSON line: how many outcomes came, of how many inputs, and which twice
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


def main(servers, predictions, dead_letters, count):
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"judge-{time.time()}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([predictions, dead_letters])
    seen, quiet_since = Counter(), time.time()
    # Further seconds after the last one, so that one too many would be seen.
    while time.time() - quiet_since < (3 if len(seen) >= count else 45):
        for message in consumer.consume(1000, 0.2):
            assert message.error() is None, message.error()
            seen[source_of(message)] += 1
            quiet_since = time.time()
    consumer.close()
    twice = sorted(source for source, times in seen.items() if times > 1)
    print(json.dumps({"outcomes": sum(seen.values()), "inputs": len(seen), "twice": twice[:10]}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
