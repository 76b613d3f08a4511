"""Partitions that training starts from, according to the ``init`` parameter."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from skvaeclust._random_init import RandomInit
from skvaeclust._training._groups import CONSENSUS, group, is_clear
from skvaeclust._training._likelihood import mixture_likelihood
from skvaeclust._training._partitions import (
    MANY,
    CandidatePartitions,
    candidate_partitions,
)
from skvaeclust._words import counted, shown

# Groups whose mean agreement is lower than the highest one by more are not trained.
LARGEST_DEFICIT = 0.1
# Gain of log-likelihood per sample over one Gaussian that shows clusters, in nats.
CLEAR_GAIN = 1.0


@dataclass(frozen=True)
class Starts:
    """Partitions to start from.

    Attributes
    ----------
    names : list of str
    labels : ndarray of int of shape (n_starts, n_samples)
    groups : list of list of int
        Starts that are the same except for a few samples; see `group`.
    n_trained : int
        Number of leading groups that are trained.
    fixed : bool
        Whether training keeps the labels of the starts.
    """

    names: list
    labels: np.ndarray
    groups: list
    n_trained: int
    fixed: bool = False

    @property
    def trained(self):
        """Index of the start that is trained for each trained group."""
        return [members[0] for members in self.groups[: self.n_trained]]

    @property
    def group_of(self):
        """Number of the group of each start; the first ``n_trained`` are trained."""
        group_of = np.empty(len(self.names), dtype=int)
        for number, members in enumerate(self.groups):
            group_of[members] = number
        return group_of


@dataclass(frozen=True)
class WarmStart:
    """Start from the labels that a fitted model predicts: an object for ``init``."""

    labels: np.ndarray

    def starts(self, scores, n_clusters, random_state):
        """Return the labels by name."""
        return {"warm start": self.labels}


def warm_start(predict, X, n_clusters):
    """Make an ``init`` from the labels that a fitted model predicts for X."""
    try:
        labels = predict(X)
    except ValueError as error:
        raise ValueError(
            "warm_start=True, but the fitted model cannot predict clusters for X. Set "
            f"warm_start=False. {error}"
        ) from error
    n_found = len(np.unique(labels))
    if n_found > n_clusters:
        raise ValueError(
            f"warm_start=True, but the fitted model finds {n_found} clusters in X, "
            f"more than n_clusters={n_clusters}. Increase n_clusters, or set "
            "warm_start=False."
        )
    return WarmStart(labels)


def find_starts(init, scores, n_clusters, n_init, random_state):
    """Find the starts according to the ``init`` parameter.

    Parameters
    ----------
    init : "auto", RandomInit, labels, list of labels, or object with ``starts``
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
    if isinstance(init, RandomInit):
        return None
    found = find_partitions(init, scores, n_clusters, random_state)
    labels = [
        check_labels(name, values, scores, n_clusters) for name, values in found.items()
    ]
    names, labels = list(found), np.stack(labels)
    groups, means = group(labels)
    if is_auto(init) and n_clusters > 1 and means[0] < CONSENSUS:
        seed = random_state.randint(np.iinfo(np.int32).max)
        best, accepted = likeliest_start(names, labels, scores, n_clusters, seed)
        if not accepted or len(scores) > MANY:
            groups = sorted(groups, key=lambda members: best not in members)
            groups[0] = [best, *(i for i in groups[0] if i != best)]
            return Starts(names, labels, groups, 1, fixed=accepted)
    if not (is_auto(init) or has_method(init)):  # given labels are all trained
        return Starts(names, labels, groups, len(groups))
    n_close = sum(mean >= means[0] - LARGEST_DEFICIT for mean in means)
    n_trained = min(n_init, 1 if is_clear(groups) else n_close, len(groups))
    return Starts(names, labels, groups, n_trained)


def find_partitions(init, scores, n_clusters, random_state):
    """Find the partitions that ``init`` describes; return label arrays by name."""
    if is_auto(init):
        seed = random_state.randint(np.iinfo(np.int32).max)
        return candidate_partitions(scores, seed).find(n_clusters)
    if has_method(init):
        found = init.starts(scores, n_clusters, random_state)
        return as_partitions(found, "start", f"{shown(init)}.starts")
    return as_partitions(init, "labels")


def is_auto(init):
    """Return whether ``init`` is "auto"."""
    return isinstance(init, str) and init == "auto"


def has_method(init):
    """Return whether ``init`` is an object with the method ``starts``."""
    return callable(getattr(init, "starts", None)) and not isinstance(init, type)


def likeliest_start(names, labels, scores, n_clusters, seed):
    """Select the start with the highest likelihood, or k-means in a continuum.

    Where starts find different clusters, their agreement is not informative, but the
    likelihood of a mixture is. If it is hardly higher than that of one Gaussian, and
    halves of the samples do not reproduce the start, the likelihood is accidental.
    k-means divides a continuum more reproducibly.

    Returns
    -------
    index : int
        Index of the start.
    accepted : bool
        Whether it is the likeliest. Training then keeps its labels: the objective would
        change them to clusters of lower likelihood.
    """
    *likelihoods, of_one = (
        mixture_likelihood(scores, partition, n_clusters, seed)
        for partition in (*labels, np.zeros_like(labels[0]))
    )
    best = int(np.argmax(likelihoods))
    if likelihoods[best] - of_one < CLEAR_GAIN:
        candidates = CandidatePartitions(scores, seed)
        if not candidates.is_reproducible(names[best], n_clusters):
            return names.index("k-means"), False
    return best, True


def as_partitions(found, noun, method=None):
    """Return label arrays by name, from a mapping, one array or a list of several.

    ``found`` is the parameter ``init`` or, if given, the result of ``method``.
    """
    if isinstance(found, Mapping):
        arrays = dict(found)
    else:
        try:
            arrays = [] if isinstance(found, str) else list(found)
        except TypeError:
            arrays = []
        if arrays and np.ndim(arrays[0]) == 0:
            arrays = {noun: found}
        else:
            arrays = {f"{noun} {i}": values for i, values in enumerate(arrays)}
    if not arrays:
        expected = "labels of the samples, a list of such arrays or a dict of them"
        raise ValueError(
            f"init must be 'auto', 'random', a RandomInit, {expected}, or an object "
            f"with the method starts; got {shown(found)}."
            if method is None
            else f"{method} must return {expected}, got {shown(found)}."
        )
    return arrays


def check_labels(name, values, scores, n_clusters):
    """Check the labels of the start ``name``, and number them from 0.

    Samples without a cluster (-1 or masked) get the one with the nearest mean score.
    """
    known = ~np.ma.getmaskarray(values) if np.ma.isMA(values) else np.True_
    try:
        values = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"init: {name!r} must be an array: {error}") from error
    if values.shape not in ((len(scores),), (len(scores), 1)):
        raise ValueError(
            f"init: {name!r} must be {counted(len(scores), 'label')}, one per sample; "
            f"got the shape {values.shape}. Centres are not accepted: pass the labels "
            "sklearn.metrics.pairwise_distances_argmin(X, centers)."
        )
    values, known = values.ravel(), np.broadcast_to(np.ravel(known), len(scores))
    if values.dtype.kind in "iuf":
        if not np.isfinite(values[known]).all():
            raise ValueError(
                f"init: {name!r} has NaN or infinity. Use -1 for samples without a "
                "cluster."
            )
        known = known & (values != -1)
    if not known.any():
        raise ValueError(f"init: {name!r} has no cluster: all labels are -1.")
    try:
        distinct, numbers = np.unique(values[known], return_inverse=True)
    except TypeError as error:
        raise ValueError(
            f"init: {name!r} must be labels of one type: {error}."
        ) from error
    if len(distinct) > n_clusters:
        raise ValueError(
            f"init: {name!r} has {len(distinct)} different labels, more than "
            f"n_clusters={n_clusters}."
        )
    labels = np.full(len(scores), -1)
    labels[known] = numbers
    if not known.all():
        means = [scores[labels == k].mean(axis=0) for k in range(len(distinct))]
        labels[~known] = cdist(scores[~known], means).argmin(axis=1)
    return labels
