"""Writes pdq.tsv: PDQ of pictures made by formula, by the PyPI package pdqhash (Meta's C++).

The formulas repeat crates/lamassu-fingerprint/tests/it/pictures.rs step by step; see SOURCE.md.
"""

import csv
import math
import pathlib
import sys

import numpy as np
import pdqhash

MASK = (1 << 64) - 1


def noise(seed):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) >> 11) / (1 << 53)


def blobs(seed, width, height):
    numbers = noise(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    luma = np.full((height, width), 128.0)
    for _ in range(40):
        cx, cy = next(numbers) * width, next(numbers) * height
        radius = (0.05 + 0.25 * next(numbers)) * max(width, height)
        strength = (next(numbers) - 0.5) * 300.0
        near = 1.0 - ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (radius * radius)
        luma += np.where(near > 0.0, strength * (near * near), 0.0)
    return np.clip(luma, 0.0, 255.0).astype(np.uint8)


def waves(seed, width, height):
    numbers = noise(seed)
    parts = [
        (math.floor(next(numbers) * 12.0), math.floor(next(numbers) * 12.0), math.floor(next(numbers) * 8.0) / 8.0)
        for _ in range(12)
    ]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = (x + 0.5) / width, (y + 0.5) / height
    total = np.zeros((height, width))
    for u, v, phase in parts:
        total += np.cos(math.tau * (u * x + v * y + phase))
    return np.clip(128.25 + 30.0 * total, 0.0, 255.0).astype(np.uint8)


def gradient(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return (x * 200 // width + y * 55 // height).astype(np.uint8)


def picture(channels, planes):
    """The RGB pixels that the reference is shown for planes in these channels."""
    if channels == "gray":
        return np.dstack([planes[0]] * 3)
    if channels == "rgba-on-white":
        alpha = planes[3].astype(np.float64)[:, :, None] / 255.0
        colours = np.dstack(planes[:3])
        return np.rint(alpha * colours + (1.0 - alpha) * 255.0).astype(np.uint8)
    return np.dstack(planes[:3])


def main():
    table = pathlib.Path(__file__).with_name("pdq.tsv")
    rows = list(csv.DictReader(table.open(), delimiter="\t"))
    for row in rows:
        seed, width, height = int(row["seed"]), int(row["width"]), int(row["height"])
        count = {"gray": 1, "rgb": 3}.get(row["channels"], 4)
        make = {
            "blobs": lambda k: blobs(seed + k, width, height),
            "waves": lambda k: waves(seed + k, width, height),
            "gradient": lambda _: gradient(width, height),
        }[row["formula"]]
        pixels = picture(row["channels"], [make(k) for k in range(count)])
        bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
        row["reference_hash"] = "%064x" % int("".join(str(int(bit)) for bit in bits), 2)
        row["reference_quality"] = quality
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
