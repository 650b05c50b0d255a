"""CPU milliseconds to decode and hash each picture named, but the first, with PyPI pdqhash and Pillow."""

import sys
import time

import numpy
import pdqhash
from PIL import Image

for number, path in enumerate(sys.argv[1:]):
    start = time.process_time()
    with Image.open(path) as file:
        pixels = numpy.asarray(file.convert("RGB"))
    pdqhash.compute(pixels)
    if number > 0:
        print((time.process_time() - start) * 1000)
