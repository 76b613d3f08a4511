"""Validation of cluster labels; recognition of labelled fields."""

import numpy as np

from skvaeclust._arguments import check_integer, refuse_text
from skvaeclust._words import counted, shown

MAX_CLUSTERS = 1000  # tables of transitions grow with its square


def check_n_clusters(n_clusters):
    """Check that the number of clusters is an integer from 1 to 1000."""
    return check_integer(n_clusters, "n_clusters", 1, MAX_CLUSTERS)


def check_labels(labels, n_samples, n_clusters=None, *, name="labels"):
    """Check labels; return them and the number of clusters.

    Parameters
    ----------
    labels : array-like of int of shape (n_samples,)
        -1 is no cluster, and so are masked values.
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
    labels = as_labels(labels, name)
    if labels.shape != (n_samples,):
        raise ValueError(
            f"{name} must be {counted(n_samples, 'integer')}, one per sample; got the "
            f"shape {labels.shape}."
        )
    if n_clusters is not None:
        n_clusters = check_n_clusters(n_clusters)
    largest = int(labels.max(initial=-1))
    if n_clusters is not None and largest >= n_clusters:
        raise ValueError(f"{name} must be < n_clusters={n_clusters}, got {largest}.")
    if n_clusters is None and largest < 0 and labels.size:
        raise ValueError(f"n_clusters must be given, since all {name} are -1.")
    return labels, largest + 1 if n_clusters is None else n_clusters


def as_labels(labels, name="labels"):
    """Return labels of any shape as integers from -1 to 999; masked ones are -1."""
    if hasattr(labels, "data_vars"):
        raise ValueError(
            f"{name} must be an array or DataArray, got a Dataset. Select one of its "
            f"variables: {', '.join(map(str, labels.data_vars)) or 'it has none'}."
        )
    refuse_text(labels, name, "integers")
    masked = np.ma.getmaskarray(labels) if np.ma.isMaskedArray(labels) else False
    given = labels
    try:
        labels = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{name} must be integers: {error}") from error
    if not labels.ndim:
        raise ValueError(
            f"{name} must be integers, one per sample, got {shown(given)}."
        )
    if labels.dtype.kind not in "iu" and labels.size:
        hint = " Missing labels must be -1." if labels.dtype.kind in "fO" else ""
        if labels.dtype.kind in "US" or isinstance(labels.flat[0], str):
            hint = " numpy.unique(..., return_inverse=True) numbers names."
        raise ValueError(
            f"{name} must be integers, got an array of shape {labels.shape} and dtype "
            f"{labels.dtype}.{hint}"
        )
    labels = np.where(masked, labels.dtype.type(0), labels)
    if labels.size and labels.min() < -1:
        raise ValueError(f"{name} must be >= -1, got {labels.min()}.")
    if labels.size and labels.max() >= MAX_CLUSTERS:
        raise ValueError(
            f"{name} must be numbers of clusters, < {MAX_CLUSTERS}; got "
            f"{labels.max()}. numpy.unique(..., return_inverse=True) numbers other "
            "values."
        )
    return np.where(masked, -1, labels.astype(int))


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
