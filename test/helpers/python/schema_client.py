"""Producer of records with a registered schema, with Confluent's own serializers.

produce BOOTSTRAP REGISTRY TOPIC START END   images of the test set as Avro, Protobuf and JSON Schema, in turn
"""

import base64
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from dataset import test_images

AVRO = json.dumps(
    {
        "type": "record",
        "name": "Photo",
        "namespace": "shop",
        "fields": [
            {"name": "taken", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
            {"name": "image", "type": ["null", "bytes"]},
            {"name": "id", "type": "string"},
            {"name": "label", "type": ["null", "int"], "default": None},
        ],
    }
)

JSON = json.dumps(
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Photo",
        "type": "object",
        "properties": {"image": {"type": "string"}, "id": {"type": "string"}, "label": {"type": "integer"}},
    }
)


def photo_class():
    file = descriptor_pb2.FileDescriptorProto(name="photo.proto", package="shop", syntax="proto3")
    message = file.message_type.add(name="Photo")
    for number, (name, kind) in enumerate(
        [("note", "STRING"), ("image", "BYTES"), ("id", "STRING"), ("label", "INT32")], start=1
    ):
        message.field.add(
            name=name,
            number=number,
            type=getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{kind}"),
            label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Photo"))


def produce(bootstrap, registry, topic, start, end):
    client = SchemaRegistryClient({"url": registry})
    photo = photo_class()
    # A subject has one format, so each format has a subject of its own.
    formats = [
        (AvroSerializer(client, AVRO, conf={"subject.name.strategy": lambda *_: "photo-avro"}), dict),
        (
            ProtobufSerializer(
                photo, client, {"use.deprecated.format": False, "subject.name.strategy": lambda *_: "photo-protobuf"}
            ),
            lambda value: photo(**{name: value[name] for name in ("image", "id", "label")}),
        ),
        (
            JSONSerializer(JSON, client, conf={"subject.name.strategy": lambda *_: "photo-json"}),
            lambda value: {**value, "image": base64.b64encode(value["image"]).decode()},
        ),
    ]
    producer = Producer({"bootstrap.servers": bootstrap})
    context = SerializationContext(topic, MessageField.VALUE)
    for index, (pixels, label) in enumerate(test_images()):
        if not start <= index < end:
            continue
        value = {"image": pixels, "id": f"photo-{index}", "label": label}
        serialize, convert = formats[index % 3]
        extra = {"taken": 1_700_000_000_000_000, "tags": ["a", "b"]} if index % 3 == 0 else {}
        producer.produce(topic, serialize(convert({**value, **extra}), context))
    if producer.flush(30) > 0:
        raise SystemExit("not all records were delivered")


if __name__ == "__main__":
    command, bootstrap, registry, topic, start, end = sys.argv[1:]
    produce(bootstrap, registry, topic, int(start), int(end))
