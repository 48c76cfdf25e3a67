"""Trains the networks of `train` in plain Keras, without changes to the images, and prints seconds by epoch as JSON.

    python training.py <architecture> <epochs> <file of images> <file of labels>
"""

import gzip
import json
import pathlib
import sys
import time

import keras
import numpy as np
from keras import layers

SIDE = 28
HELD_OUT = 5_000


def convolution(filters, size, stride=1, padding="same"):
    return [
        layers.Conv2D(filters, size, stride, padding, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


NETWORKS = {
    "cnn": lambda: [
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.4),
        layers.Dense(10, activation="softmax"),
    ],
    "deep": lambda: [
        *convolution(32, 5, stride=2),
        *convolution(64, 3),
        layers.MaxPooling2D(),
        *convolution(128, 3, padding="valid"),
        *convolution(128, 3, padding="valid"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ],
}


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.monotonic() - self.started)


def read(path, header):
    data = pathlib.Path(path).read_bytes()
    return np.frombuffer(gzip.decompress(data) if path.endswith(".gz") else data, np.uint8, offset=header)


def main(architecture, epochs, images_file, labels_file):
    images = read(images_file, 16).reshape(-1, SIDE, SIDE, 1).astype("float32") / 255
    labels = read(labels_file, 8)
    model = keras.Sequential([layers.Input((SIDE, SIDE, 1)), *NETWORKS[architecture]()])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    held_out = (images[:HELD_OUT], labels[:HELD_OUT])
    clock = Clock()
    model.fit(
        images[HELD_OUT:],
        labels[HELD_OUT:],
        batch_size=128,
        epochs=int(epochs),
        validation_data=held_out,
        callbacks=[clock],
        verbose=0,
    )
    print(json.dumps({"parameters": model.count_params(), "seconds": clock.seconds}))


main(*sys.argv[1:])
