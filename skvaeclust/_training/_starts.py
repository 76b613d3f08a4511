"""Starts that the ``init`` parameter asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d

from skvaeclust._training._groups import group, is_clear
from skvaeclust._training._portfolio import shared_portfolio

MAX_SAMPLES = 2000  # t-SNE of more takes longer than the training
WEAK = 0.1  # less mean agreement than the best: dropped; no ARI lost on seeds 0 to 15


def subset(n_samples, random_state):
    """Draw the samples on which partitions are found; return their indices."""
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
        The samples that have labels.
    groups : list of list of int
        Starts that are the same except for a few samples; see `group`.
    n_trained : int
        Number of groups, from the first, that are trained.
    """

    names: list
    labels: np.ndarray
    samples: np.ndarray
    groups: list
    n_trained: int

    @property
    def trained(self):
        """Index of the start that is trained for each group."""
        return [members[0] for members in self.groups[: self.n_trained]]

    @property
    def run_of(self):
        """Number of the group of each start; the first ``n_trained`` are trained."""
        run_of = np.empty(len(self.names), dtype=int)
        for run, members in enumerate(self.groups):
            run_of[members] = run
        return run_of


def find_starts(init, scores, n_clusters, n_init, random_state):
    """Find the starts that the ``init`` parameter asks for.

    Parameters
    ----------
    init : "auto", "random", labels, list of labels, or object with ``starts``
    scores : ndarray of shape (n_samples, n_components)
    n_clusters : int
    n_init : int
        Largest number of different starts that are trained; all that a user gives are.
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
        raise ValueError(f"init={init!r} gave no starts.")
    groups, means = group(labels)
    if not given:
        n_strong = sum(mean >= means[0] - WEAK for mean in means)
        n_init = min(n_init, 1 if is_clear(groups) else n_strong)
    return Starts(
        list(found), np.stack(labels), samples, groups, min(n_init, len(groups))
    )


def as_partitions(init):
    """Name the label arrays that a user gives: one, or a list of several."""
    if len(init) == 0:
        raise ValueError(f"init={init!r} holds no labels.")
    if np.ndim(next(iter(init))) == 0:
        return {"labels": init}
    return {f"labels {i}": values for i, values in enumerate(init)}


def check_labels(name, values, n_samples, n_clusters):
    """Check the labels of a start and number them from 0.

    Parameters
    ----------
    name : str
        Of the start, for errors.
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
