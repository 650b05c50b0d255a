"""SIFT by OpenCV, one thread: a line of JSON for each line read, which names a picture and its copy, with a tab between.

Argument: how many features at most. Answered are the features of both (x, y and standard deviation, in pixels), for each
of the picture's the number of the copy's feature whose description is nearest, and CPU milliseconds without decoding.
"""

import json
import sys
import time

import cv2

cv2.setNumThreads(1)
sift = cv2.SIFT_create(nfeatures=int(sys.argv[1]))
matcher = cv2.BFMatcher(cv2.NORM_L2)


def features(path):
    picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    start = time.process_time()
    keypoints, descriptions = sift.detectAndCompute(picture, None)
    cost_ms = 1000 * (time.process_time() - start)
    # Pixel centres lie at whole numbers; a size is a diameter.
    places = [(k.pt[0] + 0.5, k.pt[1] + 0.5, k.size / 2) for k in keypoints]
    return places, descriptions, cost_ms


for line in sys.stdin:
    (known, of_known, first_ms), (seen, of_seen, second_ms) = map(features, line.rstrip("\n").split("\t"))
    nearest = [None] * len(known)
    if known and seen:
        for match in matcher.match(of_known, of_seen):
            nearest[match.queryIdx] = match.trainIdx
    answer = {"known": known, "seen": seen, "nearest": nearest, "cpu_ms": [first_ms, second_ms]}
    print(json.dumps(answer), flush=True)
