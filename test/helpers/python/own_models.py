"""Writes models as other programs write them, images, and the right scores, without the project's own code.

Usage: own_models.py FOLDER

Each folder NAME has the model; next to it are NAME.x.npy (images of the model's size), NAME.y.npy (scores),
NAME.bin (the first image) and NAME.png with its scores in NAME.png.y.npy. Networks of Keras are computed with NumPy, ONNX files with ONNX Runtime.
Photos of other sizes are in photos/, with the scores of the Hugging Face model in photos.y.npy; Pillow scales them.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SIDE, IMAGES, CLASSES = 32, 6, ["bus", "car", "tram"]
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
random = np.random.default_rng(7)


def values(*shape, scale=1.0):
    return (random.standard_normal(shape) * scale).astype(np.float32)


# The networks, in NumPy.


def softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def windows(x, size, stride):
    """n, rows, columns, channels, size, size"""
    view = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return view[:, ::stride, ::stride]


def convolved(x, kernel, bias, stride=1):
    """Keras's Conv2D with padding `valid`."""
    return np.einsum("nhwcyx,yxcf->nhwf", windows(x, kernel.shape[0], stride), kernel) + bias


def by_channel(x, kernel):
    """Keras's DepthwiseConv2D with one filter for each channel, and padding `same`."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.einsum("nhwcyx,yxc->nhwc", windows(padded, 3, 1), kernel[..., 0])


def normalized(x, gamma, beta, mean, variance, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


# Files of TensorFlow.js.


def write_tfjs(folder, topology, weights, file="group1-shard1of1.bin", **more):
    os.makedirs(folder)
    manifest = [
        {
            "paths": [file],
            "weights": [{"name": name, "shape": list(w.shape), "dtype": "float32"} for name, w in weights.items()],
        }
    ]
    write_json(f"{folder}/model.json", {**more, "modelTopology": topology, "weightsManifest": manifest})
    with open(f"{folder}/{file}", "wb") as out:
        for w in weights.values():
            out.write(w.tobytes())


def write_json(file, value):
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "w", encoding="utf-8") as out:
        json.dump(value, out)


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, **config}}


def bird_layers(first):
    return [
        layer("InputLayer", "input_layer", dtype="float32", sparse=False, **first),
        layer("Conv2D", "conv2d", filters=8, kernel_size=[3, 3], strides=[2, 2], padding="valid", activation="relu"),
        layer("BatchNormalization", "batch_normalization", axis=-1, epsilon=0.001, center=True, scale=True),
        layer("DepthwiseConv2D", "depthwise_conv2d", kernel_size=[3, 3], padding="same", use_bias=False, activation="relu"),
        layer("GlobalAveragePooling2D", "global_average_pooling2d"),
        layer("Dropout", "dropout", rate=0.2),
        layer("Dense", "dense", units=3, activation="softmax"),
    ]


def birds():
    """Weights of `bird_layers`, and their scores for images from 0 to 1."""
    w = {
        "conv2d/kernel": values(3, 3, 3, 8, scale=0.4),
        "conv2d/bias": values(8, scale=0.1),
        "batch_normalization/gamma": 1 + values(8, scale=0.2),
        "batch_normalization/beta": values(8, scale=0.2),
        "batch_normalization/moving_mean": values(8, scale=0.2),
        "batch_normalization/moving_variance": 0.5 + random.random(8).astype(np.float32),
        "depthwise_conv2d/kernel": values(3, 3, 8, 1, scale=0.4),
        "dense/kernel": values(8, 3, scale=1.5),
        "dense/bias": values(3, scale=0.1),
    }

    def scores(x):
        x = np.maximum(convolved(x, w["conv2d/kernel"], w["conv2d/bias"], 2), 0)
        x = normalized(x, *[w[f"batch_normalization/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")], 0.001)
        x = np.maximum(by_channel(x, w["depthwise_conv2d/kernel"]), 0).mean(axis=(1, 2))
        return softmax(x @ w["dense/kernel"] + w["dense/bias"])

    return w, scores


def keras2(folder):
    """As the converter writes an HDF5 file of Keras 2."""
    w, scores = birds()
    w = {name.replace("depthwise_conv2d/kernel", "depthwise_conv2d/depthwise_kernel"): one for name, one in w.items()}
    config = {"name": "sequential", "layers": bird_layers({"batch_input_shape": [None, SIDE, SIDE, 3]})}
    model = {"class_name": "Sequential", "config": config}
    topology = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": model}
    write_tfjs(folder, topology, w, format="layers-model", generatedBy="keras v2.15.0")
    write_json(f"{folder}/labels.json", CLASSES)
    return lambda x: scores(x / np.float32(255))


def keras3(folder):
    """As the converter writes an HDF5 file of Keras 3: other names, and types as objects."""
    w, scores = birds()
    layers = bird_layers({"batch_shape": [None, SIDE, SIDE, 3]})
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    for one in layers[1:]:
        one.update(module="keras.layers", registered_name=None)
        one["config"]["dtype"] = policy
    # A list of axes, as tf.keras wrote it too.
    layers[2]["config"]["axis"] = [3]
    config = {"name": "sequential", "trainable": True, "dtype": policy, "layers": layers}
    model = {"class_name": "Sequential", "config": config}
    topology = {"keras_version": "3.15.1", "backend": "tensorflow", "model_config": model}
    write_tfjs(folder, topology, {f"sequential/{name}": one for name, one in w.items()}, format="layers-model")
    write_json(f"{folder}/labels.json", {name: i for i, name in enumerate(CLASSES)})
    return lambda x: scores(x / np.float32(255))


def teachable_machine(folder):
    """A feature extractor and a classifier inside of a Sequential, without a format."""
    w = {
        "Conv1/kernel": values(3, 3, 3, 8, scale=0.4),
        "bn_Conv1/gamma": 1 + values(8, scale=0.2),
        "bn_Conv1/beta": values(8, scale=0.2),
        "bn_Conv1/moving_mean": values(8, scale=0.2),
        "bn_Conv1/moving_variance": 0.5 + random.random(8).astype(np.float32),
        "dense_Dense1/kernel": values(8, 10, scale=0.5),
        "dense_Dense1/bias": values(10, scale=0.1),
        "dense_Dense2/kernel": values(10, 3, scale=1.5),
    }

    def node(one, before):
        return {"name": one["config"]["name"], **one, "inbound_nodes": [[[before, 0, 0, {}]]] if before else []}

    chain = [
        layer("InputLayer", "input_1", batch_input_shape=[None, SIDE, SIDE, 3], dtype="float32", sparse=False),
        layer("ZeroPadding2D", "Conv1_pad", padding=[[0, 1], [0, 1]], data_format="channels_last"),
        layer("Conv2D", "Conv1", filters=8, kernel_size=[3, 3], strides=[2, 2], padding="valid", use_bias=False, activation="linear", dilation_rate=[1, 1], data_format="channels_last"),
        layer("BatchNormalization", "bn_Conv1", axis=-1, epsilon=0.001, center=True, scale=True),
        layer("ReLU", "Conv1_relu", max_value=6),
    ]
    names = [None, *[one["config"]["name"] for one in chain]]
    features = {
        "name": "model1",
        "layers": [node(one, before) for one, before in zip(chain, names)],
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["Conv1_relu", 0, 0]],
    }
    pooled = layer("GlobalAveragePooling2D", "global_average_pooling2d_1", data_format="channels_last")
    extractor = layer("Sequential", "sequential_1", layers=[{"class_name": "Model", "config": features}, pooled])
    dense = [
        layer("Dense", "dense_Dense1", units=10, activation="relu", use_bias=True, batch_input_shape=[None, 8]),
        layer("Dense", "dense_Dense2", units=3, activation="softmax", use_bias=False),
    ]
    head = layer("Sequential", "sequential_3", layers=dense)
    topology = {**layer("Sequential", "sequential_4", layers=[extractor, head]), "keras_version": "tfjs-layers 1.3.1", "backend": "tensor_flow.js"}
    write_tfjs(folder, topology, w, file="weights.bin")
    about = {"tfjsVersion": "1.3.1", "tmVersion": "2.4.10", "packageVersion": "0.8.4-alpha2", "packageName": "@teachablemachine/image", "userMetadata": {}, "modelName": "tm-my-image-model", "labels": CLASSES, "imageSize": SIDE}
    write_json(f"{folder}/metadata.json", about)

    def scores(x):
        x = np.pad(x / np.float32(127.5) - 1, ((0, 0), (0, 1), (0, 1), (0, 0)))
        x = convolved(x, w["Conv1/kernel"], 0, 2)
        x = normalized(x, *[w[f"bn_Conv1/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")], 0.001)
        x = np.clip(x, 0, 6).mean(axis=(1, 2))
        x = np.maximum(x @ w["dense_Dense1/kernel"] + w["dense_Dense1/bias"], 0)
        return softmax(x @ w["dense_Dense2/kernel"])

    return scores


# ONNX files.


def onnx_network():
    """What torch.onnx.export makes of a small convolutional network: channels first, any batch, logits."""
    weights = {
        "0.weight": values(8, 3, 3, 3, scale=0.4),
        "0.bias": values(8, scale=0.1),
        "3.weight": values(16, 4, 3, 3, scale=0.3),
        "6.weight": values(len(CLASSES), 16, scale=1.5),
        "6.bias": values(len(CLASSES), scale=0.1),
    }
    nodes = [
        helper.make_node("Conv", ["image", "0.weight", "0.bias"], ["a"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1], group=1),
        helper.make_node("HardSwish", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "3.weight"], ["c"], kernel_shape=[3, 3], group=2),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("ReduceMean", ["d", "axes"], ["e"], keepdims=1),
        helper.make_node("Reshape", ["e", "shape"], ["f"], allowzero=1),
        helper.make_node("Gemm", ["f", "6.weight", "6.bias"], ["logits"], transB=1),
    ]
    constants = {**weights, "axes": np.int64([-1, -2]), "shape": np.int64([-1, 16])}
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(CLASSES)])],
        [numpy_helper.from_array(one, name) for name, one in constants.items()],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, producer_name="pytorch", producer_version="2.15.0", opset_imports=opsets, ir_version=10)


def scores_of(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def scores(x):
        planes = ((x / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2).astype(np.float32)
        return softmax(session.run(["logits"], {"image": planes})[0])

    return scores


def pytorch(folder):
    """With the weights in a second file, as PyTorch writes them since 2.9."""
    model = onnx_network()
    scores = scores_of(model)
    os.makedirs(folder)
    onnx.save_model(model, f"{folder}/cars.onnx", save_as_external_data=True, location="cars.onnx.data", size_threshold=0)
    images = {"mean": MEAN.astype(float).tolist(), "std": STD.astype(float).tolist(), "resize": "crop"}
    write_json(f"{folder}/classifier.json", {"labels": CLASSES, "input": images})
    return scores


def hugging_face(folder):
    """As optimum-cli writes it; 40 pixels are scaled with bicubic, and 32 are cut out."""
    model = onnx_network()
    os.makedirs(f"{folder}/onnx")
    onnx.save(model, f"{folder}/onnx/model.onnx")
    onnx.save(model, f"{folder}/onnx/model_quantized.onnx")
    names = {str(i): name for i, name in enumerate(CLASSES)}
    write_json(f"{folder}/config.json", {"architectures": ["MobileNetV2ForImageClassification"], "id2label": names})
    processor = {
        "image_processor_type": "MobileNetV2ImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": 40},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": MEAN.astype(float).tolist(),
        "image_std": STD.astype(float).tolist(),
    }
    write_json(f"{folder}/preprocessor_config.json", processor)
    return scores_of(model)


def photo(width, height):
    coarse = random.integers(0, 256, (max(2, height // 30), max(2, width // 30), 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def cut_out(picture, edge=40):
    """Transformers: the shorter side, then the centre."""
    width, height = picture.size
    size = (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    scaled = picture.resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    return np.asarray(scaled.crop((left, top, left + SIDE, top + SIDE)))


def main(folder):
    made = {}
    for make in (keras2, keras3, teachable_machine, pytorch, hugging_face):
        name = make.__name__
        made[name] = make(f"{folder}/{name}")
        x = np.stack([np.asarray(photo(SIDE, SIDE)) for _ in range(IMAGES)])
        np.save(f"{folder}/{name}.x.npy", x)
        np.save(f"{folder}/{name}.y.npy", made[name](x).astype(np.float32))
        Image.fromarray(x[0]).save(f"{folder}/{name}.png")
        with open(f"{folder}/{name}.bin", "wb") as out:
            out.write(x[0].tobytes())
        # A file is scaled, even one of the model's size; pixels are not.
        file = cut_out(Image.fromarray(x[0])) if make is hugging_face else x[0]
        np.save(f"{folder}/{name}.png.y.npy", made[name](file[None]).astype(np.float32))
    os.makedirs(f"{folder}/photos")
    photos = [photo(*size) for size in ((640, 480), (300, 500), (40, 40), (41, 57), (1000, 333))]
    for i, picture in enumerate(photos):
        picture.save(f"{folder}/photos/{i}.png")
    scores = made["hugging_face"](np.stack([cut_out(picture) for picture in photos]))
    np.save(f"{folder}/photos.y.npy", scores.astype(np.float32))


main(sys.argv[1])
