"""Producer and consumer of records with a registered schema, with Confluent's own serializers.

produce BOOTSTRAP REGISTRY TOPIC START END           images of the test set as Avro, Protobuf and JSON Schema, in turn
consume BOOTSTRAP REGISTRY TOPIC FORMAT DESCRIPTOR   5 predictions, as one JSON list; DESCRIPTOR: of Protobuf, base64
"""

import base64
import json
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

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



def prediction_class(descriptor):
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(base64.b64decode(descriptor)).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("stream_infer.Prediction"))


def consume(bootstrap, registry, topic, kind, descriptor):
    client = SchemaRegistryClient({"url": registry})
    if kind == "avro":
        deserialize, convert = AvroDeserializer(client), dict
    elif kind == "json":
        deserialize, convert = JSONDeserializer(None, schema_registry_client=client), dict
    else:
        # With a registry, it asks for compiled schemas, which only Confluent's has.
        deserialize = ProtobufDeserializer(prediction_class(descriptor), {"use.deprecated.format": False})
        convert = json_format.MessageToDict
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "schema-client", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    context = SerializationContext(topic, MessageField.VALUE)
    found = []
    while len(found) < 5:
        message = consumer.poll(30)
        if message is None or message.error():
            raise SystemExit(f"no prediction: {message and message.error()}")
        found.append(convert(deserialize(message.value(), context)))
    consumer.close()
    print(json.dumps(found))


if __name__ == "__main__":
    command, bootstrap, registry, topic, first, second = sys.argv[1:]
    if command == "produce":
        produce(bootstrap, registry, topic, int(first), int(second))
    else:
        consume(bootstrap, registry, topic, first, second)
