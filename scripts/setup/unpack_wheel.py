"""Takes TensorFlow's C library and its headers out of a wheel: unpack_wheel.py FOLDER_WITH_WHEEL DEPS"""

import glob
import os
import re
import shutil
import sys
import zipfile

LIBRARY = re.compile(r"tensorflow/(libtensorflow_(?:cc|framework)\.so\.2)$")
HEADER = re.compile(r"tensorflow/include/((?:tensorflow/c/|tsl/|tensorflow/core/platform/ctstring).*[^/])$")

folder, deps = sys.argv[1:]
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    for name in wheel.namelist():
        for pattern, place in ((LIBRARY, "lib"), (HEADER, "include")):
            match = pattern.match(name)
            if match:
                target = os.path.join(deps, place, match.group(1))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with wheel.open(name) as source, open(target, "wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
