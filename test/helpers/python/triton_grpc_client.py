"""Classifies test images with NVIDIA's own client over gRPC with TLS; prints what it saw as JSON.

Usage: triton_grpc_client.py <host:port> <count> <certificate>
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import grpc
import numpy as np
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.utils import InferenceServerException

from dataset import test_images

MODEL = "fashion-mnist"


def infer(client, images, datatype, outputs=None):
    tensor = triton.InferInput("image", list(images.shape), datatype)
    tensor.set_data_from_numpy(images)
    return client.infer(MODEL, [tensor], outputs=outputs, request_id="mine")


def error_of(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def health_of(address, certificate):
    """The status of the server by gRPC's own client: asked once, and first of a stream."""
    with open(certificate, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    request = health_pb2.HealthCheckRequest(service="")
    with grpc.secure_channel(address, credentials) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        asked = stub.Check(request, timeout=10).status
        watched = next(stub.Watch(request, timeout=10)).status
    names = health_pb2.HealthCheckResponse.ServingStatus
    return [names.Name(asked), names.Name(watched)]


def is_served_in_plain_text(address):
    with grpc.insecure_channel(address) as channel:
        try:
            health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
            return True
        except grpc.RpcError:
            return False


def main(address, count, certificate):
    client = triton.InferenceServerClient(address, ssl=True, root_certificates=certificate)
    pairs = list(islice(test_images(), count))
    pixels = np.frombuffer(b"".join(pixels for pixels, _ in pairs), np.uint8).reshape(count, 28, 28, 1)
    labels = np.array([label for _, label in pairs])
    answer = infer(client, pixels, "UINT8")
    floats = infer(client, (pixels / 255.0).astype(np.float32), "FP32")
    outputs = [triton.InferRequestedOutput("class_name"), triton.InferRequestedOutput("probabilities", class_count=3)]
    named = infer(client, pixels[:1], "UINT8", outputs)
    # More callers than workers: they share the batches of one queue.
    with ThreadPoolExecutor(8) as callers:
        single = callers.map(lambda i: infer(client, pixels[i : i + 1], "UINT8").as_numpy("label")[0], range(count))
        single = np.array(list(single))
    metadata = client.get_model_metadata(MODEL, "1")
    print(
        json.dumps(
            {
                "health": health_of(address, certificate),
                "plainText": is_served_in_plain_text(address),
                "live": client.is_server_live(),
                "ready": client.is_server_ready() and client.is_model_ready(MODEL) and client.is_model_ready(MODEL, "1"),
                "otherReady": client.is_model_ready("other"),
                "server": client.get_server_metadata().name,
                "inputs": [[one.name, one.datatype, list(one.shape)] for one in metadata.inputs],
                "id": answer.get_response().id,
                "shape": list(answer.as_numpy("probabilities").shape),
                "correct": int((answer.as_numpy("label") == labels).sum()),
                "sameLabels": bool(
                    (answer.as_numpy("label") == floats.as_numpy("label")).all()
                    and (answer.as_numpy("label") == single).all()
                ),
                "firstClass": named.as_numpy("class_name")[0].decode(),
                "best": [text.decode() for text in named.as_numpy("probabilities")[0]],
                "wrongModel": error_of(lambda: client.get_model_metadata("other")),
                "wrongShape": error_of(lambda: infer(client, pixels[:1].reshape(1, 56, 14, 1), "UINT8")),
            }
        )
    )


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
