"""Checks of a model file before its content is loaded (without torch).

skops compares the names of types with a list. The checks here concern what a file does
with the names on the list, and the memory that it needs.
"""

import io
import json
import math
import zipfile
from importlib import import_module

import numpy as np

# Sparse arrays are compressed. Without compression, they may have this size, or the
# size of the file times this factor.
SPARSE_BYTES, SPARSE_FACTOR = 2**26, 20
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def audit(content, trusted):
    """Check the content of a file of skops.

    Parameters
    ----------
    content : bytes
    trusted : list of str
        Full names that are trusted, in addition to those that skops trusts.

    Raises
    ------
    ValueError
        If the content calls a function, or needs more memory than its size explains.
    """
    dtypes = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        _require(
            all(member.compress_type == zipfile.ZIP_STORED for member in members)
            and sum(member.file_size for member in members) <= len(content),
            "its members are larger than the file",
        )
        for name in archive.namelist():
            if name.endswith(".npy"):
                dtypes[name] = _check_array(archive.read(name))
            elif name.endswith(".npz"):
                limit = max(SPARSE_BYTES, SPARSE_FACTOR * len(content))
                _check_sparse(archive.read(name), limit)
        schema = json.loads(archive.read("schema.json"))
    _check_nodes(schema, set(trusted), dtypes)


def _require(condition, problem):
    if not condition:
        raise ValueError(f"The content is not valid: {problem}.")


def _check_array(data):
    """Check that an array has as many values as its header says; return its dtype."""
    buffer = io.BytesIO(data)
    version = np.lib.format.read_magic(buffer)
    _require(version in HEADERS, f"version {version} of the NPY format")
    shape, _, dtype = HEADERS[version](buffer)
    n_bytes = len(data) - buffer.tell()
    _require(
        math.prod(shape) * dtype.itemsize == n_bytes and (dtype.itemsize or not shape),
        f"an array of shape {shape} and dtype {dtype} has {n_bytes} bytes",
    )
    return dtype


def _check_sparse(data, limit):
    """Check that a compressed sparse array does not need more than `limit` bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        n_bytes = sum(member.file_size for member in archive.infolist())
        _require(n_bytes <= limit, f"a sparse array of {n_bytes} bytes")
        for name in archive.namelist():
            _check_array(archive.read(name))


def _check_nodes(schema, trusted, dtypes):
    """Check that nodes call types only, and that every array is read once."""
    sizes, owners = {}, {}

    def count(value):
        """Count the nodes in a part of the schema."""
        if isinstance(value, list):
            return sum(map(count, value))
        if not isinstance(value, dict):
            return 0
        size = 1 + sum(map(count, value.values()))
        if isinstance(value.get("__loader__"), str):
            number, file = value.get("__id__"), value.get("file")
            # skops writes an object in full wherever it occurs, and reads it once.
            same = sizes.setdefault(number, size) == size if number else not file
            same &= file is None or owners.setdefault(file, number) == number
            loader = value["__loader__"]
            _require(same and loader != "CachedNode", "an object refers to another one")
            _check_call(value, trusted)
            is_bytes = value["__class__"] in ("bytes_", "void")
            if loader == "NdArrayNode" and is_bytes:  # a number is their size
                _require(dtypes[file].kind in "SV", "a number in place of bytes")
        return size

    count(schema)


def _check_call(node, trusted):
    """Check that a node does not call a trusted function."""
    name = f"{node['__module__']}.{node['__class__']}"
    if node["__loader__"] != "FunctionNode" and name in trusted:
        found = getattr(import_module(node["__module__"]), node["__class__"])
        _require(isinstance(found, type), f"it calls the function {name}")
