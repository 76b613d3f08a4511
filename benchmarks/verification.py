"""Life cycles against theory.

``python benchmarks/verification.py`` runs all parts; ``python
benchmarks/verification.py cycles`` runs one. Data are synthetic, with seeds from 1000
on.
"""

import argparse

import numpy as np
from scipy.signal import lfilter
from scipy.stats import multivariate_normal, norm

from skvaeclust.sequences import life_cycles

FIRST_SEED = 1000


def cycles(n_samples=200_000):
    """Compare cycles of a first-order autoregressive index with closed forms."""
    for memory in (0.7, 0.9):
        rng = np.random.default_rng(FIRST_SEED)
        noise = np.sqrt(1 - memory**2) * rng.standard_normal((n_samples, 4))
        noise[0] = rng.standard_normal(4)
        index = lfilter([1], [1, -memory], noise, axis=0)
        for threshold in (0.5, 1.0, 1.5):
            both = multivariate_normal.cdf(
                [-threshold, -threshold], cov=[[1, memory], [memory, 1]]
            )
            above = norm.sf(threshold)
            table = life_cycles(index, threshold=threshold, min_duration=0).table
            mean = table.duration.mean() / (above / (above - both)) - 1
            total = table.duration.sum() / index.size / above - 1
            long = life_cycles(index, threshold=threshold, min_duration=5).table
            longer = long.duration.sum() / time_in_runs(index >= threshold, 5) - 1
            print(
                f"cycles, memory {memory}, threshold {threshold}: mean duration "
                f"{mean:+.2%}, time above {total:+.2%}, time in cycles of at least 5 "
                f"steps {longer:+.2%}"
            )


def time_in_runs(above, shortest):
    """Count the samples in runs of at least ``shortest`` samples."""
    total = 0
    for column in above.T:
        ends = np.flatnonzero(np.diff(np.pad(column.astype(int), 1)))
        lengths = np.diff(ends)[::2]
        total += lengths[lengths >= shortest].sum()
    return total


PARTS = {part.__name__: part for part in (cycles,)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    for part in parser.parse_args().parts or PARTS:
        PARTS[part]()
