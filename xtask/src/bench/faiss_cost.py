"""CPU microseconds a question costs FAISS, one thread, a line of JSON for each line read.

Arguments: a file of hashes, one of questions (32 bytes each), the radius in bits, the names of the indexes.
FAISS finds what is nearer than its radius, so that one bit is added.
"""

import json
import sys
import time

import faiss
import numpy

BATCH = 600
SINGLES = 100

faiss.omp_set_num_threads(1)


def read(path):
    return numpy.fromfile(path, dtype=numpy.uint8).reshape(-1, 32)


def multi_hash(bands, bits, flips):
    index = faiss.IndexBinaryMultiHash(256, bands, bits)
    index.nflip = flips
    return index


MAKE = {
    "flat": lambda: faiss.IndexBinaryFlat(256),
    "multihash_16x16": lambda: multi_hash(16, 16, 1),
    "multihash_11x23": lambda: multi_hash(11, 23, 2),
}

hashes, questions, radius_bits = read(sys.argv[1]), read(sys.argv[2]), int(sys.argv[3]) + 1
indexes = {}
for name in sys.argv[4:]:
    indexes[name] = MAKE[name]()
    indexes[name].add(hashes)
print(json.dumps({"ready": True}), flush=True)
for _ in sys.stdin:
    costs = {}
    for name, index in indexes.items():
        start = time.process_time()
        index.range_search(questions[:BATCH], radius_bits)
        batch = (time.process_time() - start) / len(questions[:BATCH])
        start = time.process_time()
        for question in questions[:SINGLES]:
            index.range_search(question[None], radius_bits)
        single = (time.process_time() - start) / len(questions[:SINGLES])
        costs[name] = {"single_us": 1e6 * single, "batch_us": 1e6 * batch}
    print(json.dumps(costs), flush=True)
