"""Random halves of the samples, and comparison with surrogates."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar

from skvaeclust._fields import as_array
from skvaeclust._resampling._labelled import match, n_samples
from skvaeclust._resampling._surrogates import SURROGATES

LEVEL = 0.05  # of the rank test
MIN_SURROGATES = 19  # the smallest rank p-value is 1 / 20
MEMORY = 0.1  # autocorrelation within clusters, from which samples are dependent


def halve(groups, rng):
    """Split groups into random halves; return whether samples are in the first.

    Groups are taken in random order, and each is added to the smaller half.
    """
    _, number, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    first, n_first, n_second = np.zeros(len(sizes), dtype=bool), 0, 0
    for group in rng.permutation(len(sizes)):
        first[group] = n_first <= n_second
        if first[group]:
            n_first += sizes[group]
        else:
            n_second += sizes[group]
    return first[number]


def _as_samples(X):
    """Return an array of samples."""
    X = as_array(X)
    if X.ndim < 2 or len(X) < 2:
        found = f"the shape {X.shape}" if X.ndim else repr(X.item())
        raise ValueError(f"X must be an array of at least 2 samples, got {found}.")
    if X.dtype.kind not in "biufO":
        raise ValueError(f"X must hold real numbers, got the type {X.dtype}.")
    return X


def _check_groups(groups, n_samples):
    """Return the groups of samples as an array."""
    groups = np.asarray(groups)
    if groups.shape != (n_samples,):
        raise ValueError(
            f"groups must be one value per sample, {n_samples} in total; got the shape "
            f"{groups.shape}."
        )
    missing = np.flatnonzero([g is None or g != g for g in groups])
    if missing.size:
        i = missing[0]
        raise ValueError(f"groups must not be missing, got groups[{i}]={groups[i]}.")
    try:
        distinct = np.unique(groups)
    except TypeError as error:
        raise ValueError(f"groups must be values of one type: {error}.") from error
    if len(distinct) < 2:
        raise ValueError(
            f"groups must have at least 2 distinct values, got {distinct}."
        )
    return groups


def check(estimator, X, groups, n_splits, surrogates, n_surrogates):
    """Check the parameters; return the estimator, X, its dimension and the groups."""
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        name = getattr(estimator, "__name__", None) or type(estimator).__name__
        raise TypeError(
            "estimator must be a clusterer such as KMeans(4), followed by the samples; "
            f"got {'the class' if isinstance(estimator, type) else 'a'} {name}."
        )
    estimator, X, dim = match(estimator, X)
    X = _as_samples(X) if dim is None else X
    n = n_samples(X, dim)
    check_scalar(n_splits, "n_splits", Integral, min_val=1)
    check_scalar(n_surrogates, "n_surrogates", Integral, min_val=0)
    if 0 < n_surrogates < MIN_SURROGATES:
        raise ValueError(
            f"n_surrogates={n_surrogates} must be 0 or at least {MIN_SURROGATES}: the "
            f"smallest p-value is {1 / (n_surrogates + 1):.2f}."
        )
    if not isinstance(surrogates, str) or surrogates not in ("auto", *SURROGATES):
        raise ValueError(
            f"surrogates={surrogates!r} must be one of {['auto', *SURROGATES]}."
        )
    if groups is not None and surrogates not in ("auto", "phase"):
        raise ValueError(
            f"surrogates={surrogates!r} have no memory, but groups mean that X has. "
            "Pass surrogates='phase', or groups=None if the samples are independent."
        )
    return estimator, X, dim, _check_groups(range(n) if groups is None else groups, n)


def choose_surrogates(surrogates, rows, labels, has_groups):
    r"""Choose surrogates with memory if the samples have it.

    Parameters
    ----------
    surrogates : str
        "auto", or the kind.
    rows : ndarray of shape (n_samples, n_features)
        Samples, NaN without data.
    labels : ndarray of int of shape (n_samples,)
    has_groups : bool
        Whether there are groups of samples.

    Returns
    -------
    kind : str
        "phase" if there are groups or the lag-one autocorrelation of deviations from
        the mean of the cluster exceeds 0.1 (in independent samples that are sorted by
        cluster, it is close to 0); "gaussian" otherwise.
    """
    if surrogates != "auto":
        return surrogates
    if has_groups:
        return "phase"
    deviations = np.zeros(rows.shape)
    for k in np.unique(labels[labels >= 0]):
        deviations[labels == k] = rows[labels == k] - rows[labels == k].mean(axis=0)
    pairs = (labels[1:] == labels[:-1]) & (labels[1:] >= 0)
    now, then = deviations[:-1][pairs], deviations[1:][pairs]
    limit = MEMORY * np.linalg.norm(now) * np.linalg.norm(then)
    return "phase" if np.sum(now * then) > limit else "gaussian"


def rank_p_value(value, surrogates):
    """Return the fraction of data sets, with X, that reach a value; NaN if alone."""
    surrogates = np.asarray(surrogates)
    n = len(surrogates)
    return (1 + np.sum(surrogates >= value)) / (n + 1) if n else np.nan


def rank_level(surrogates):
    """Return the value above which the rank p-value is at most 0.05; NaN if none."""
    n = len(surrogates)
    return np.sort(surrogates)[-int(LEVEL * (n + 1) + 1e-9)] if n else np.nan
