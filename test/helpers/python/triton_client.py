"""Classifies test images with NVIDIA's own client for the Open Inference Protocol; prints what it saw as JSON.

Usage: triton_client.py <host:port> <count>
"""

import json
import sys
from itertools import islice

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dataset import test_images

MODEL = "fashion-mnist"


def infer(client, images, datatype, binary, outputs=None, compression=None):
    tensor = triton.InferInput("image", list(images.shape), datatype)
    tensor.set_data_from_numpy(images, binary_data=binary)
    return client.infer(MODEL, [tensor], outputs=outputs, request_id="mine", request_compression_algorithm=compression)


def error_of(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def first_images(count):
    """count × 784 uint8, and count labels."""
    pairs = list(islice(test_images(), count))
    pixels = np.frombuffer(b"".join(pixels for pixels, _ in pairs), np.uint8)
    return pixels.reshape(count, 784), np.array([label for _, label in pairs])


def many_alike(client, pixels, labels):
    """The number of images in a request of many batches, if each has the label it has in a small request."""
    answer = infer(client, np.tile(pixels, (5, 1, 1, 1)), "UINT8", True).as_numpy("label")
    return len(answer) if (answer == np.tile(labels, 5)).all() else 0


def main(address, count):
    client = triton.InferenceServerClient(address)
    images, labels = first_images(count)
    pixels = images.reshape(count, 28, 28, 1)
    floats = (pixels / 255.0).astype(np.float32)
    wanted = [
        triton.InferRequestedOutput("probabilities", binary_data=False),
        triton.InferRequestedOutput("class_name"),
        triton.InferRequestedOutput("label", binary_data=False),
    ]
    # The client's defaults: everything in binary tensors, no outputs named.
    binary = infer(client, pixels, "UINT8", True)
    text = infer(client, floats, "FP32", False, wanted)
    zipped = infer(client, floats, "FP32", True, compression="gzip")
    best = infer(client, pixels[:1], "UINT8", True, [triton.InferRequestedOutput("probabilities", class_count=3)])
    probabilities = binary.as_numpy("probabilities")
    print(
        json.dumps(
            {
                "live": client.is_server_live(),
                "ready": client.is_server_ready() and client.is_model_ready(MODEL) and client.is_model_ready(MODEL, "1"),
                "otherReady": client.is_model_ready("other"),
                "extensions": client.get_server_metadata()["extensions"],
                "inputs": client.get_model_metadata(MODEL, "1")["inputs"],
                "id": binary.get_response()["id"],
                "shape": list(probabilities.shape),
                "type": str(probabilities.dtype),
                "correct": int((binary.as_numpy("label") == labels).sum()),
                "sameLabels": bool(
                    (binary.as_numpy("label") == text.as_numpy("label")).all()
                    and (binary.as_numpy("label") == zipped.as_numpy("label")).all()
                    and (binary.as_numpy("label") == probabilities.argmax(axis=1)).all()
                ),
                "firstClass": text.as_numpy("class_name")[0].decode(),
                "best": [text.decode() for text in best.as_numpy("probabilities")[0]],
                "wrongModel": error_of(lambda: client.get_model_metadata("other")),
                "wrongShape": error_of(lambda: infer(client, images[:1, :100], "UINT8", True)),
                "many": many_alike(client, pixels, binary.as_numpy("label")),
            }
        )
    )


main(sys.argv[1], int(sys.argv[2]))
