"""Random halves of the samples, and comparison with surrogates."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skvaeclust._fields import as_array
from skvaeclust._limits import MAX_RESAMPLES, count, refuse_too_large
from skvaeclust._resampling._labelled import match, n_samples
from skvaeclust._resampling._refits import means_by_cluster
from skvaeclust._resampling._surrogates import SURROGATES
from skvaeclust._steps import clusterer_prefix, require_estimator
from skvaeclust._words import shown

LEVEL = 0.05  # of the rank test
MIN_SURROGATES = 19  # the smallest rank p-value is 1 / 20
MEMORY = 0.1  # autocorrelation within clusters, from which samples are dependent
PARAMETERS = {
    "n_splits": [count(1, MAX_RESAMPLES)],
    "surrogates": [StrOptions({"auto", *SURROGATES})],
    "n_surrogates": [count(0, MAX_RESAMPLES)],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


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


def draw_halves(estimator, groups, n_halves, rng):
    """Draw random halves, which must have enough samples for the clusters.

    Returns
    -------
    halves : list of ndarray of bool of shape (n_samples,)
        Whether samples are in the first half.
    """
    refuse_too_large(
        n_halves * len(groups), f"{n_halves} halves of {len(groups)} samples"
    )
    halves = [halve(groups, rng) for _ in range(n_halves)]
    smallest = min(min(half.sum(), (~half).sum()) for half in halves)
    params = estimator.get_params()
    n_clusters = params.get(f"{clusterer_prefix(estimator)}n_clusters")
    if isinstance(n_clusters, Integral) and n_clusters > smallest:
        raise ValueError(
            f"n_clusters={n_clusters} of the estimator must be at most {smallest}, the "
            "number of samples in the smallest half. Decrease it, or pass more groups "
            "of equal size."
        )
    return halves


def _as_samples(X):
    """Return an array of samples."""
    X = as_array(X)
    if X.ndim < 2 or len(X) < 2:
        raise ValueError(
            f"X must be an array of at least 2 samples, got the shape {X.shape}."
        )
    return X


def _check_groups(groups, n_samples):
    """Return the groups of samples as an array."""
    masked = np.ma.getmaskarray(groups) if np.ma.isMA(groups) else False
    found, groups = shown(groups), np.asarray(groups)
    if groups.shape != (n_samples,):
        raise ValueError(
            f"groups must be one value per sample, {n_samples} in total; got {found} "
            f"of shape {groups.shape}."
        )
    missing = np.flatnonzero(np.array([g is None or g != g for g in groups]) | masked)
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


def check(estimator, X, groups, surrogates, n_surrogates):
    """Check the parameters; return the estimator, X, its dimension and the groups."""
    require_estimator(estimator, "predict", "fit_predict")
    estimator, X, dim = match(estimator, X)
    X = _as_samples(X) if dim is None else X
    n = n_samples(X, dim)
    if 0 < n_surrogates < MIN_SURROGATES:
        raise ValueError(
            f"n_surrogates={n_surrogates} must be 0 or at least {MIN_SURROGATES}: the "
            f"smallest p-value is {1 / (n_surrogates + 1):.2f}."
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
    deviations = (
        rows - means_by_cluster(rows, labels, labels.max(initial=0) + 1)[labels]
    )
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
