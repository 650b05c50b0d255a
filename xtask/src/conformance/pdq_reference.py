"""Hashes pictures with PDQ of the PyPI package pdqhash (Meta's C++).

Reads paths from standard input, one a line. Writes a line for each: quality and hash of the picture,
and the hashes of its mirror image and of the picture turned clockwise by a quarter, between tabs; or
an empty line when it cannot be read.
"""

import sys

import numpy
import pdqhash
from PIL import Image


def pdq(picture):
    bits, quality = pdqhash.compute(numpy.asarray(picture))
    return "%064x" % int("".join(str(int(bit)) for bit in bits), 2), quality


for path in sys.stdin.read().splitlines():
    try:
        with Image.open(path) as file:
            upright = file.convert("RGB")
    except Exception as error:
        print(f"{path}: {error}", file=sys.stderr)
        print()
        continue
    upright_hash, quality = pdq(upright)
    mirrored_hash, _ = pdq(upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    # Pillow turns counter-clockwise.
    quarter_hash, _ = pdq(upright.transpose(Image.Transpose.ROTATE_270))
    print(quality, upright_hash, mirrored_hash, quarter_hash, sep="\t")
