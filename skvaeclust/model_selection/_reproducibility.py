"""Agreement between clusterings of two halves of the data."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import check_consistent_length, check_random_state, check_scalar
from sklearn.utils.parallel import Parallel, delayed

from skvaeclust.model_selection._halves import halve
from skvaeclust.model_selection._labelled import match, n_samples, surrogate, take
from skvaeclust.model_selection._surrogates import SURROGATES


def _agreement(estimator, X, dim, first):
    """Fit each half; return the agreement of the predictions for all samples."""
    labels = []
    for half in (first, ~first):
        model = clone(estimator).fit(take(X, dim, half))
        labels.append(np.ravel(model.predict(X)))
    return adjusted_rand_score(*labels)


def half_sample_agreement(
    estimator,
    X,
    *,
    groups=None,
    n_splits=5,
    surrogates="gaussian",
    n_surrogates=0,
    n_jobs=None,
    random_state=None,
):
    """Compare the clusters found in two halves of the samples.

    The estimator is fitted to each half, and both fits predict all samples.

    Parameters
    ----------
    estimator : clusterer or Pipeline with ``fit`` and ``predict``
        Estimator to clone and fit.
    X : array-like of shape (n_samples, ...), DataArray or Dataset
        The samples. Labelled data are split along the dimension ``dim`` of
        :class:`~skvaeclust.xarray.FieldClustering`.
    groups : array-like or DataArray of shape (n_samples,), default=None
        Samples of the same group are in the same half. For a time series, use for
        example the year: consecutive days are similar, so halves of single days are not
        independent. Default: each sample is a group.
    n_splits : int, default=5
        Number of random splits.
    surrogates : {"gaussian", "unimodal", "phase"}, default="gaussian"
        Data without clusters to compare with; see :func:`choose_n_clusters`.
    n_surrogates : int, default=0
        Number of surrogates, each with ``n_splits`` splits. Those of labelled fields
        are made from the anomalies that are clustered.
    n_jobs : int or None, default=None
        Number of parallel jobs (joblib).
    random_state : int, RandomState instance or None, default=None
        Seed of splits and surrogates.

    Returns
    -------
    table : pandas.DataFrame
        One row per "data" ("X", "surrogate 0" and so on) and "split". The column
        "agreement" is the adjusted Rand index of the two predictions.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or a parameter is invalid.

    See Also
    --------
    choose_n_clusters : Choose the number of clusters.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.model_selection import half_sample_agreement
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> table = half_sample_agreement(
    ...     KMeans(3, n_init=3, random_state=0), X.reshape(90, -1), random_state=0
    ... )
    >>> bool(table["agreement"].min() > 0.9)
    True
    """
    import pandas as pd

    estimator, X, dim = match(estimator, X)
    X = np.asarray(X) if dim is None else X
    everything = np.arange(n_samples(X, dim))
    groups = everything if groups is None else np.asarray(groups)
    check_consistent_length(everything, groups)
    check_scalar(n_splits, "n_splits", Integral, min_val=1)
    check_scalar(n_surrogates, "n_surrogates", Integral, min_val=0)
    if surrogates not in SURROGATES:
        raise ValueError(f"surrogates={surrogates!r} must be one of {[*SURROGATES]}.")
    if len(np.unique(groups)) < 2:
        raise ValueError(
            f"groups must have at least 2 distinct values, got {np.unique(groups)}."
        )
    rng = check_random_state(random_state)
    data = {"X": X}
    for i in range(n_surrogates):
        seed = rng.randint(2**31 - 1)
        made = surrogate(estimator, X, dim, SURROGATES[surrogates], seed)
        data[f"surrogate {i}"] = made
    keys = [(name, split) for name in data for split in range(n_splits)]
    halves = [halve(groups, rng) for _ in keys]
    found = Parallel(n_jobs=n_jobs)(
        delayed(_agreement)(estimator, data[name], dim, first)
        for (name, _), first in zip(keys, halves, strict=True)
    )
    index = pd.MultiIndex.from_tuples(keys, names=["data", "split"])
    return pd.DataFrame({"agreement": found}, index)
