"""Selection among the candidates of a search."""

import re
from collections.abc import Mapping
from numbers import Real

import numpy as np
from sklearn.utils.validation import _num_samples

from skvaeclust._arguments import check_number
from skvaeclust._fields import as_array, refuse_other_types
from skvaeclust._labels import is_labelled
from skvaeclust._warnings import warn
from skvaeclust._words import counted, shown
from skvaeclust.model_selection._rule import MIN_DISTINCTNESS, eligible


def all_samples_cv(X):
    """Return a single split that fits and scores on all samples, for ``cv=``.

    Use it if there are too few samples to hold any out.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        The samples: an array, a DataArray with the samples first, or FieldSamples.

    Returns
    -------
    cv : list of one tuple of ndarray
        All indices, twice: for fitting and for scoring.

    Raises
    ------
    TypeError
        If X is a Dataset or a list of DataArrays, whose length is not the number of
        samples.

    Examples
    --------
    >>> from skvaeclust.model_selection import all_samples_cv
    >>> all_samples_cv([[1.0], [2.0], [3.0]])
    [(array([0, 1, 2]), array([0, 1, 2]))]
    """
    if hasattr(X, "data_vars") or (isinstance(X, list | tuple) and is_labelled(X)):
        raise TypeError(
            f"X must be samples along the first axis, got a {type(X).__name__} of "
            "variables. Wrap it: FieldSamples(X) of skvaeclust.xarray."
        )
    refuse_other_types(X)
    everything = np.arange(_num_samples(X))
    return [(everything, everything)]


def _parameter(cv_results, name):
    """Return the values of a parameter with any prefix; 0 if absent or "auto"."""
    columns = [key for key in cv_results if re.fullmatch(rf"param_(.+__)?{name}", key)]
    if len(columns) > 1:
        raise ValueError(f"Expected one parameter {name}, got {columns}.")
    if not columns:
        return np.zeros(len(cv_results["params"]))
    values = np.ma.filled(np.ma.asarray(cv_results[columns[0]], dtype=object), 0)
    return np.array([v if isinstance(v, Real) else 0 for v in values], dtype=float)


def _distinctness(cv_results):
    """Return the mean distinctness of each candidate; -1 if it is NaN."""
    if not isinstance(cv_results, Mapping) and not hasattr(cv_results, "columns"):
        raise TypeError(
            "cv_results must be the attribute cv_results_ of a fitted search, got "
            f"{shown(cv_results)}."
        )
    for name in ("mean_test_score", "mean_test_distinctness"):
        if name in cv_results:
            values = as_array(cv_results[name], float, f"cv_results[{name!r}]")
            if np.isnan(values).all():
                raise ValueError(f"cv_results[{name!r}] has no score except NaN.")
            return np.nan_to_num(values, nan=-1)
    raise ValueError(
        "cv_results_ has neither mean_test_score nor mean_test_distinctness. Pass "
        "scoring=classifiability_scorer, or a dict with the key 'distinctness', to the "
        "search."
    )


def select_classifiable(cv_results, *, min_distinctness=MIN_DISTINCTNESS):
    """Select a candidate of a search, for ``GridSearchCV(refit=...)``.

    Parameters
    ----------
    cv_results : dict of ndarray
        ``cv_results_`` of a search with ``scoring=classifiability_scorer``, or with
        ``scoring={"distinctness": classifiability_scorer, ...}``. The parameters may
        have any prefix (``model__n_clusters``).
    min_distinctness : float, default=0.45
        Minimum distinctness of the clusters, see :func:`choose_n_clusters`. To change
        it in a search, pass
        ``functools.partial(select_classifiable, min_distinctness=0.8)``.

    Returns
    -------
    best_index : int
        Index of the selected candidate.

    Warns
    -----
    UserWarning
        If no candidate is distinct enough. The most distinct one is then selected.

    See Also
    --------
    choose_n_clusters : Compare with data without clusters.

    Notes
    -----
    Among the candidates that are distinct enough and have at least 95 % of the maximum
    distinctness, the function selects the largest n_clusters, then the smallest
    latent_dim, then the most distinct. This is the rule of :func:`choose_n_clusters`
    without surrogates.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.model_selection import (
    ...     classifiability_scorer,
    ...     select_classifiable,
    ... )
    >>> search = GridSearchCV(
    ...     VAEClustering(),
    ...     {"n_clusters": [2, 3, 4], "latent_dim": [2, 3]},
    ...     scoring=classifiability_scorer,
    ...     refit=select_classifiable,
    ... )
    """
    check_number(min_distinctness, "min_distinctness", 0, 1)
    distinct = _distinctness(cv_results)
    best = int(np.argmax(distinct))
    if distinct[best] < min_distinctness:
        message = (
            f"None of {len(distinct)} candidates has a distinctness of at least "
            f"{min_distinctness:g}. The most distinct one, "
            f"{cv_results['params'][best]}, is selected: {distinct[best]:.2f}."
        )
        n_zero = np.count_nonzero(distinct == 0)
        if n_zero:
            message += (
                f" {counted(n_zero, 'candidate')} had a distinctness of 0: a cluster "
                "has fewer than 5 % of the samples, or no other start agrees."
            )
        warn(message, UserWarning)
        return best
    passed = eligible(distinct, min_distinctness)
    n_clusters = _parameter(cv_results, "n_clusters")
    latent_dim = _parameter(cv_results, "latent_dim")
    # np.lexsort sorts by its last key first.
    return int(np.lexsort((-distinct, latent_dim, -n_clusters, ~passed))[0])
