"""Perceptual hashes of keypoints, and which pictures share so many that a closer look is due."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]
Indices = NDArray[np.int64]

# A table is BITS of the DIMENSIONS. Unlike pictures share a word once in four million; a keypoint
# of a copy has about one bit in ten turned, so that one in ten words survives in each table.
BITS, TABLES, DIMENSIONS = 22, 6, 28
_TABLE_SEED = 5
_ALL_ONES = (1 << BITS) - 1
# A word that this many keypoints share says nothing: a burned-in letter, a straight edge.
_MOST_SHARING = 64
_FEWEST_VOTES = 2
# Pairs that are looked at closely, a picture: bounds the time, and a copy has far more votes than
# the hundred-thousandth pair of strangers.
_LOOKS_A_PICTURE = 5


def _mirror_order() -> NDArray[np.intp]:
    order = np.arange(128).reshape(4, 4, 8)
    return np.asarray(order[::-1][:, :, (-np.arange(8)) % 8].reshape(-1), dtype=np.intp)


# What SIFT's 128 numbers of a keypoint become where its picture is seen in a mirror.
MIRRORED = _mirror_order()


def _basis() -> NDArray[np.float32]:
    """(128, DIMENSIONS) slow waves over the 4 × 4 places and 8 directions of a descriptor.

    As a DCT hash takes the signs of a picture's slowest waves, this takes those of a keypoint's
    gradients; only waves that a mirror turns into their negative. Their mean over any collection
    is about 0, so nothing has to be learnt, and a mirrored keypoint's word is the complement.
    """
    place, turn = np.arange(4) + 0.5, 2 * np.pi * np.arange(8) / 8
    waves = []
    for across in range(4):
        for along in range(4):
            for around in range(5):
                odd = across % 2 == 1
                if not odd and around in (0, 4):
                    continue
                wave = (
                    np.cos(np.pi * place * across / 4)[:, None, None]
                    * np.cos(np.pi * place * along / 4)[None, :, None]
                    * (np.cos if odd else np.sin)(around * turn)[None, None, :]
                ).reshape(-1)
                waves.append((across + along + around, wave / np.linalg.norm(wave)))
    waves.sort(key=lambda one: one[0])
    return np.stack([wave for _, wave in waves[:DIMENSIONS]], axis=1).astype(np.float32)


_BASIS = _basis()
_TABLES = tuple(
    np.sort(np.random.default_rng((_TABLE_SEED, table)).permutation(DIMENSIONS)[:BITS])
    for table in range(TABLES)
)


def hash_keypoints(descriptors: NDArray[np.uint8]) -> Words:
    """(TABLES, K) the words of K keypoints, `descriptors` (K, 128).

    Square roots first, as in RootSIFT (Arandjelović & Zisserman, CVPR 2012).
    """
    signs = np.sqrt(descriptors.astype(np.float32)) @ _BASIS > 0
    weights = np.int64(1) << np.arange(BITS, dtype=np.int64)
    return np.stack([signs[:, table] @ weights for table in _TABLES])


def vote(words: Sequence[Words], part: NDArray[np.intp]) -> list[tuple[int, int, bool]]:
    """Pairs of pictures of two parts that share words, and whether in a mirror, best first.

    A pair's votes are its matches of different keypoints. No more are given than five times as
    many as there are pictures.

    Args:
        words: of N pictures, as `hash_keypoints` gives them.
        part: (N,) which part each picture stands in.
    """
    counts = [one.shape[1] for one in words]
    total, pictures = sum(counts), len(words)
    if total == 0:
        return []
    owner = np.repeat(np.arange(pictures, dtype=np.int64), counts)
    found = [
        _matches(np.concatenate([one[table] for one in words]), part[owner])
        for table in range(TABLES)
    ]
    matches = np.unique(np.concatenate(found))
    mirrored, points = matches % 2, matches // 2
    first, second = points // total, points % total
    pair = (owner[first] * pictures + owner[second]) * 2 + mirrored
    pairs, votes = _distinct(pair, first, total)
    _, others = _distinct(pair, second, total)
    # A point that is like many of the other picture's is one vote.
    votes = np.minimum(votes, others)
    order = np.argsort(-votes, kind="stable")
    order = order[votes[order] >= _FEWEST_VOTES][: _LOOKS_A_PICTURE * pictures]
    return [
        (int(p // 2 // pictures), int(p // 2 % pictures), bool(p % 2))
        for p in pairs[order].tolist()
    ]


def _distinct(pair: Indices, points: Indices, total: int) -> tuple[Indices, Indices]:
    """The pairs, sorted, and how many different points each has."""
    order = np.lexsort((points, pair))
    pair, points = pair[order], points[order]
    new = np.ones(len(pair), dtype=np.bool_)
    new[1:] = (pair[1:] != pair[:-1]) | (points[1:] != points[:-1])
    pairs, counts = np.unique(pair[new], return_counts=True)
    return pairs, counts


def _matches(plain: Words, part: NDArray[np.intp]) -> Indices:
    """(first point × total + second point) × 2 + mirrored, of points that share a word."""
    total = len(plain)
    words = np.concatenate([plain, _ALL_ONES - plain])
    point = np.argsort(words, kind="stable")
    words = words[point]
    starts = np.flatnonzero(np.r_[True, words[1:] != words[:-1]])
    sharing = np.diff(np.r_[starts, len(words)])
    told = np.repeat(sharing <= _MOST_SHARING, sharing)
    bucket, point = np.repeat(np.arange(len(starts)), sharing)[told], point[told]
    found = []
    for step in range(1, _MOST_SHARING):
        same = bucket[step:] == bucket[:-step]
        if not same.any():
            break
        ends = point[:-step][same], point[step:][same]
        low, high = np.minimum(*ends), np.maximum(*ends)
        # Two mirrored points are the same two plain ones, which are met as well.
        kept = (low < total) & (part[low % total] != part[high % total])
        low, high = low[kept], high[kept]
        mirrored, high = high >= total, high % total
        first, second = np.minimum(low, high), np.maximum(low, high)
        found.append((first * total + second) * 2 + mirrored)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
