"""Validates KEDA's objects in the given files; prints their number."""

import sys

import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject

count = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for document in yaml.safe_load_all(file):
            if document["kind"] == "ScaledObject":
                ScaledObject.model_validate(document)
                count += 1
print(count)
