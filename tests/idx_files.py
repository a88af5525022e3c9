"""IDX files for tests, and folders of them that count as the known ones."""

import struct
from dataclasses import replace

import numpy as np

from optae.datasets import idx_images, mnist
from optae.datasets.idx import digest_of, read_idx


def idx(array, kind=0x08):
    """The bytes of an IDX file."""
    array = np.asarray(array, np.uint8)
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def count_as(name, place, monkeypatch):
    """Let the four files of a folder be the known ones of that name."""
    digests = tuple(
        digest_of(read_idx(idx_images.existing(place / file), dimensions))
        for file, dimensions in mnist.files()
    )
    monkeypatch.setitem(mnist.SOURCES, name, replace(mnist.SOURCES[name], digests=digests))
