"""Selection among the candidates of a search."""

import re

import numpy as np
from sklearn.utils.validation import _num_samples

from skvaeclust._warnings import warn
from skvaeclust.model_selection._rule import MIN_DISTINCTNESS, nearly_most_distinct

SCORES = {
    "distinctness": "mean_test_distinctness",
    "separation": "mean_test_separation",
    "distance": "mean_test_distance",
    "fraction": "mean_test_smallest_fraction",
}


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

    Examples
    --------
    >>> from skvaeclust.model_selection import all_samples_cv
    >>> all_samples_cv([[1.0], [2.0], [3.0]])
    [(array([0, 1, 2]), array([0, 1, 2]))]
    """
    everything = np.arange(_num_samples(X))
    return [(everything, everything)]


def _parameter(cv_results, name):
    """Return the values of a parameter with any prefix; 0 if it is not searched."""
    columns = [key for key in cv_results if re.fullmatch(rf"param_(.+__)?{name}", key)]
    if len(columns) > 1:
        raise ValueError(f"Expected one parameter {name}, got {columns}.")
    if not columns:
        return np.zeros(len(cv_results["params"]))
    return np.ma.filled(np.ma.asarray(cv_results[columns[0]], dtype=float), 0)


def _scores(cv_results):
    missing = [key for key in SCORES.values() if key not in cv_results]
    if missing:
        raise ValueError(
            f"cv_results_ has no {', '.join(missing)}. Pass "
            "scoring=classifiability_scorer to the search."
        )
    return {name: np.asarray(cv_results[key]) for name, key in SCORES.items()}


def select_classifiable(
    cv_results,
    *,
    min_distinctness=MIN_DISTINCTNESS,
    min_separation=0.0,
    min_fraction=0.05,
    by="separation",
):
    """Select a candidate of a search, for ``GridSearchCV(refit=...)``.

    Parameters
    ----------
    cv_results : dict of ndarray
        ``cv_results_`` of a search with ``scoring=classifiability_scorer``. The
        parameters may have any prefix (``model__n_clusters``).
    min_distinctness : float, default=0.45
        Minimum distinctness of the clusters, see :func:`choose_n_clusters`. To change
        it in a search, pass
        ``functools.partial(select_classifiable, min_distinctness=0.8)``.
    min_separation : float, default=0
        Value that the separation in latent space must exceed. At 1, an equal mixture of
        two Gaussians becomes bimodal; curved clusters can be distinct below 1.
    min_fraction : float, default=0.05
        Minimum fraction of the samples in a cluster.
    by : {"separation", "distance"}, default="separation"
        Last criterion, which is maximised: the separation of p(z|k), which does not
        depend on the scale of the latent space, or the distance between centroids, as
        in [1]_.

    Returns
    -------
    best_index : int
        Index of the selected candidate.

    Warns
    -----
    UserWarning
        If no candidate satisfies the conditions. The most distinct of the candidates
        that fail the fewest conditions is then selected.

    See Also
    --------
    choose_n_clusters : Compare with data without clusters.

    Notes
    -----
    Among the candidates that satisfy the conditions and have at least 95 % of the
    maximum distinctness, the function selects the largest n_clusters, then the smallest
    latent_dim, then the largest separation (or distance). This is the rule of
    :func:`choose_n_clusters` without surrogates. The order of the criteria after
    n_clusters follows [1]_.

    References
    ----------
    .. [1] K. Aoki et al., "Application of Variational Autoencoder-Based Clustering for
       Geophysical Fluid Circulations With Small Sample Size", JGR Machine Learning and
       Computation, 2026. :doi:`10.1029/2025JH001051`

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
    if by not in ("separation", "distance"):
        raise ValueError(f"by={by!r} must be 'separation' or 'distance'.")
    scores = _scores(cv_results)
    met = {
        "distinctness": scores["distinctness"] >= min_distinctness,
        "separation": scores["separation"] > min_separation,
        "fraction": scores["fraction"] >= min_fraction,
    }
    failed = [
        [name for name in met if not met[name][i]] for i in range(len(met["fraction"]))
    ]
    n_failed = np.array([len(names) for names in failed])
    separation = np.nan_to_num(scores[by], nan=-1)
    distinct = np.nan_to_num(scores["distinctness"], nan=-1)
    if n_failed.min() > 0:
        names = sorted({name for names in failed for name in names})
        # np.lexsort sorts by its last key first.
        best = int(np.lexsort((-separation, -distinct, n_failed))[0])
        warn(
            f"None of {len(failed)} candidates satisfies the conditions (failed: "
            f"{', '.join(names)}). The selected one, {cv_results['params'][best]}, "
            f"fails: {', '.join(failed[best])}.",
            UserWarning,
        )
        return best
    distinct = np.where(n_failed == 0, distinct, 0)
    passed = (n_failed == 0) & nearly_most_distinct(distinct)
    n_clusters = _parameter(cv_results, "n_clusters")
    latent_dim = _parameter(cv_results, "latent_dim")
    return int(np.lexsort((-separation, latent_dim, -n_clusters, ~passed))[0])
