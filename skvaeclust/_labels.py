"""Checks of the labels of clusters."""

import numpy as np


def check_labels(labels, n_samples, name="labels", lowest=0):
    """Check labels: an array of integers >= lowest, one per sample."""
    labels = np.asarray(labels)
    if labels.shape != (n_samples,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be {n_samples} integers, one per sample; got an array of "
            f"shape {labels.shape} and dtype {labels.dtype}."
        )
    if labels.size and labels.min() < lowest:
        raise ValueError(f"{name} must be >= {lowest}, got {labels.min()}.")
    return labels.astype(int, copy=False)  # sums of small integers overflow


def check_clusters(labels, n_samples, n_clusters, lowest=0):
    """Check labels; return them and the number of clusters.

    If ``n_clusters`` is None, it is the largest label plus 1.
    """
    labels = check_labels(labels, n_samples, lowest=lowest)
    largest = int(labels.max(initial=-1)) + 1
    n_clusters = largest if n_clusters is None else n_clusters
    if largest > n_clusters:
        raise ValueError(f"labels go up to {largest - 1}, n_clusters={n_clusters}.")
    return labels, n_clusters
