"""Classifies test images as TensorFlow's tutorial for TensorFlow Serving does; prints what it saw as JSON.

Usage: serving_client.py <host:port> <count>
"""

import json
import sys
from itertools import islice
from urllib.request import Request, urlopen

import numpy as np

from dataset import test_images


def post(url, document):
    request = Request(url, json.dumps(document).encode(), {"content-type": "application/json"})
    with urlopen(request) as response:
        return json.load(response)


def main(address, count):
    pairs = list(islice(test_images(), count))
    labels = np.array([label for _, label in pairs])
    pixels = np.frombuffer(b"".join(pixels for pixels, _ in pairs), np.uint8)
    # The tutorial scales the pixels and gives them a channel before anything else.
    images = (pixels / 255.0).reshape(count, 28, 28, 1)
    model = f"http://{address}/v1/models/fashion-mnist"
    rows = post(f"{model}:predict", {"signature_name": "serving_default", "instances": images.tolist()})
    columns = post(f"{model}/versions/1:predict", {"inputs": {"image": images.tolist()}})
    predictions = np.array(rows["predictions"])
    print(
        json.dumps(
            {
                "correct": int((predictions.argmax(axis=1) == labels).sum()),
                "shape": list(predictions.shape),
                "columnsAlike": rows["predictions"] == columns["outputs"],
            }
        )
    )


main(sys.argv[1], int(sys.argv[2]))
