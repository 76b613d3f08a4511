"""Validation of cluster labels; recognition of labelled fields."""

import numpy as np


def check_labels(labels, n_samples, n_clusters=None, *, name="labels"):
    """Check labels; return them and the number of clusters.

    Parameters
    ----------
    labels : array-like of int of shape (n_samples,)
        -1 is no cluster.
    n_samples : int
    n_clusters : int or None
        Default: the largest label plus 1.
    name : str, default="labels"
        Name in messages.

    Returns
    -------
    labels : ndarray of int of shape (n_samples,)
    n_clusters : int
    """
    labels = np.asarray(labels)
    if labels.shape != (n_samples,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be {n_samples} integers, one per sample; got an array of "
            f"shape {labels.shape} and dtype {labels.dtype}."
        )
    if labels.size and labels.min() < -1:
        raise ValueError(f"{name} must be >= -1, got {labels.min()}.")
    labels = labels.astype(int, copy=False)  # sums of small integers overflow
    largest = int(labels.max(initial=-1))
    if n_clusters is not None and largest >= n_clusters:
        raise ValueError(f"{name} must be < n_clusters={n_clusters}, got {largest}.")
    return labels, largest + 1 if n_clusters is None else n_clusters


def is_labelled(X):
    """Check whether X is a DataArray, a Dataset, or a list of them."""
    arrays = X if isinstance(X, list | tuple) else [X]
    return len(arrays) > 0 and all(
        hasattr(array, "dims") and hasattr(array, "coords") for array in arrays
    )


def first_dim(X):
    """Return the first dimension of labelled X, or of its first variable."""
    first = X[0] if isinstance(X, list | tuple) else X
    if hasattr(first, "data_vars"):
        first = next(iter(first.data_vars.values()))
    return first.dims[0]
