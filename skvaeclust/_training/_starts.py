"""Starts according to the ``init`` parameter."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d

from skvaeclust._training._groups import group, is_clear
from skvaeclust._training._portfolio import shared_portfolio

MAX_SAMPLES = 2000  # with more, t-SNE takes longer than training
# Groups with this much less mean agreement than the best are not trained: no ARI lost
# on seeds 0 to 15.
WEAK = 0.1


def subset(n_samples, random_state):
    """Draw the samples that are partitioned; return their indices."""
    if n_samples <= MAX_SAMPLES:
        return np.arange(n_samples)
    return np.sort(random_state.choice(n_samples, MAX_SAMPLES, replace=False))


@dataclass(frozen=True)
class Starts:
    """Partitions to start from.

    Attributes
    ----------
    names : list of str
    labels : ndarray of int of shape (n_starts, n_taught)
    samples : ndarray of int of shape (n_taught,)
        Indices of the samples that have labels.
    groups : list of list of int
        Starts that are the same except for a few samples; see `group`.
    n_trained : int
        Number of leading groups that are trained.
    """

    names: list
    labels: np.ndarray
    samples: np.ndarray
    groups: list
    n_trained: int

    @property
    def trained(self):
        """Index of the start that is trained for each trained group."""
        return [members[0] for members in self.groups[: self.n_trained]]

    @property
    def run_of(self):
        """Number of the group of each start; the first ``n_trained`` are trained."""
        run_of = np.empty(len(self.names), dtype=int)
        for run, members in enumerate(self.groups):
            run_of[members] = run
        return run_of


@dataclass(frozen=True)
class WarmStart:
    """The labels that a fitted model predicts, as an object for ``init``."""

    labels: np.ndarray

    def starts(self, scores, n_clusters, random_state):
        """Return the labels by name."""
        return {"warm start": self.labels}


def choose_init(estimator, X):
    """Return ``init``, or the prediction of the fitted model for a warm start.

    Parameters
    ----------
    estimator : VAEClustering
        Estimator at the beginning of `fit`.
    X : array-like
        The samples, as given to `fit`.

    Returns
    -------
    init : WarmStart, or the ``init`` parameter
    """
    if not (estimator.warm_start and estimator.__sklearn_is_fitted__()):
        return estimator.init
    try:
        labels = estimator.predict(X)
    except ValueError as error:
        raise ValueError(
            "warm_start=True, but the fitted model cannot predict clusters for X. Set "
            f"warm_start=False. {error}"
        ) from error
    n_found = len(np.unique(labels))
    if n_found > estimator.n_clusters:
        raise ValueError(
            f"warm_start=True, but the fitted model finds {n_found} clusters in X, "
            f"more than n_clusters={estimator.n_clusters}. Increase n_clusters, or set "
            "warm_start=False."
        )
    return WarmStart(labels)


def find_starts(init, scores, n_clusters, n_init, random_state):
    """Find the starts according to the ``init`` parameter.

    Parameters
    ----------
    init : "auto", "random", labels, list of labels, or object with ``starts``
    scores : ndarray of shape (n_samples, n_components)
    n_clusters : int
    n_init : int
        Maximum number of distinct starts to train; given labels are all trained.
    random_state : RandomState

    Returns
    -------
    starts : Starts or None
        None for random weights.
    """
    if isinstance(init, str) and init == "random":
        return None
    samples = np.arange(len(scores))
    given = not isinstance(init, str) and not hasattr(init, "starts")
    if given:
        found = as_partitions(init)
        n_init = len(found)
    elif isinstance(init, str):
        samples = subset(len(scores), random_state)
        seed = random_state.randint(np.iinfo(np.int32).max)
        found = shared_portfolio(scores[samples], seed).partitions(n_clusters)
    else:
        found = init.starts(scores, n_clusters, random_state)
        if not isinstance(found, Mapping):
            found = {f"start {i}": labels for i, labels in enumerate(found)}
    labels = [
        check_labels(name, values, len(samples), n_clusters)
        for name, values in found.items()
    ]
    if not labels:
        raise ValueError(f"init={init!r} returned no starts.")
    groups, means = group(labels)
    if not given:
        n_strong = sum(mean >= means[0] - WEAK for mean in means)
        n_init = min(n_init, 1 if is_clear(groups) else n_strong)
    return Starts(
        list(found), np.stack(labels), samples, groups, min(n_init, len(groups))
    )


def as_partitions(init):
    """Return given label arrays by name, from one array or a list of several."""
    if len(init) == 0:
        raise ValueError(f"init={init!r} contains no labels.")
    if np.ndim(next(iter(init))) == 0:
        return {"labels": init}
    return {f"labels {i}": values for i, values in enumerate(init)}


def check_labels(name, values, n_samples, n_clusters):
    """Check the labels of a start and number them from 0.

    Parameters
    ----------
    name : str
        Name of the start, for error messages.
    values : array-like of shape (n_samples,)
    n_samples : int
    n_clusters : int

    Returns
    -------
    labels : ndarray of int of shape (n_samples,)
    """
    values = column_or_1d(values)
    if len(values) != n_samples:
        raise ValueError(
            f"init: {name!r} has {len(values)} labels, but X has {n_samples} samples."
        )
    assert_all_finite(values, input_name="init")
    distinct, labels = np.unique(values, return_inverse=True)
    if len(distinct) > n_clusters:
        raise ValueError(
            f"init: {name!r} has {len(distinct)} different labels, more than "
            f"n_clusters={n_clusters}."
        )
    return labels
