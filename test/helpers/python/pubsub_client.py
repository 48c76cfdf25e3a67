"""A third-party client: publishes test images to Pub/Sub and reads predictions with google-cloud-pubsub.

exchange PROJECT TOPIC SUBSCRIPTION COUNT
    publishes COUNT images while reading their predictions, with a bounded number on their way, and prints one JSON line
read PROJECT SUBSCRIPTION COUNT
publish PROJECT TOPIC COUNT
"""

import json
import sys
import threading
import time

from google.cloud import pubsub_v1

from dataset import test_images

ON_THEIR_WAY = 400


class Reader:
    def __init__(self, project, subscription):
        self.seen, self.messages, self.quiet_since = {}, 0, time.time()
        self.lock = threading.Lock()
        self.client = pubsub_v1.SubscriberClient()
        path = self.client.subscription_path(project, subscription)
        flow = pubsub_v1.types.FlowControl(max_messages=2000)
        self.future = self.client.subscribe(path, self.take, flow_control=flow)

    def take(self, message):
        prediction = json.loads(message.data)
        with self.lock:
            self.seen[prediction["id"]] = prediction
            self.messages += 1
            self.quiet_since = time.time()
        message.ack()

    def wait_for(self, count, patience=60):
        self.quiet_since = time.time()
        while time.time() - self.quiet_since < (3 if len(self.seen) >= count else patience):
            time.sleep(0.05)

    def report(self):
        self.future.cancel()
        correct = sum(1 for prediction in self.seen.values() if prediction.get("correct"))
        print(json.dumps({"messages": self.messages, "distinct": len(self.seen), "correct": correct}))


def publish_all(project, topic, count, room):
    publisher = pubsub_v1.PublisherClient()
    path = publisher.topic_path(project, topic)
    futures = []
    for i, (pixels, label) in zip(range(count), test_images()):
        room(i)
        futures.append(publisher.publish(path, pixels, label=str(label), n=str(i)))
    for future in futures:
        future.result(60)


def exchange(project, topic, subscription, count):
    reader = Reader(project, subscription)

    def room(i):
        deadline = time.time() + 60
        while i - len(reader.seen) > ON_THEIR_WAY and time.time() < deadline:
            time.sleep(0.01)

    publish_all(project, topic, int(count), room)
    reader.wait_for(int(count))
    reader.report()


def publish(project, topic, count):
    publish_all(project, topic, int(count), lambda i: None)


def read(project, subscription, count):
    reader = Reader(project, subscription)
    reader.wait_for(int(count))
    reader.report()


if __name__ == "__main__":
    {"exchange": exchange, "publish": publish, "read": read}[sys.argv[1]](*sys.argv[2:])
