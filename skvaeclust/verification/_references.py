"""Reference forecasts from labels: climatology and Markov persistence."""

import numpy as np


def climatology(labels, date, target, n_clusters):
    """Return the frequency of each cluster in the month of the target.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
        Cluster of each sample; -1 is no cluster.
    date : tuple of ndarray of int of shape (n_samples,)
        Month (1 to 12) and year of each sample.
    target : tuple of ndarray of int of shape (...)
        Month and year of each target. Samples of its year are left out.
    n_clusters : int

    Returns
    -------
    probabilities : ndarray of shape (..., n_clusters)
        NaN for months without samples in other years.
    """
    (month, year), (target_month, target_year) = date, target
    years = np.unique(year)
    counts = np.zeros((len(years) + 1, 13, n_clusters + 1))  # the last year is empty
    np.add.at(counts, (np.searchsorted(years, year), month, labels), 1)
    of_target = _index_of(years, target_year)
    others = counts.sum(axis=0)[target_month] - counts[of_target, target_month]
    return _divide(others)[..., :-1]


def markov_persistence(sequence, year, start, n_steps, target_year):
    """Return the probability of each cluster some steps after a start.

    Parameters
    ----------
    sequence : LabelSequence
    year : ndarray of int of shape (n_samples,)
        Year of each sample.
    start : ndarray of int of shape (n_pairs,)
        Index of the sample at the start of each forecast.
    n_steps : ndarray of int of shape (n_pairs,)
        Lead time in samples.
    target_year : ndarray of int of shape (n_pairs,)
        Transitions of this year, and of that of the start, are left out.

    Returns
    -------
    probabilities : ndarray of shape (n_pairs, n_clusters)
        Rows of powers of the matrix of transitions, in which no cluster is a state. A
        state without transitions has the frequencies of all states.
    """
    n_states = sequence.n_clusters + 1
    labels, follows = sequence.labels, np.flatnonzero(sequence.continues)
    years = np.unique(year)
    counts = np.zeros((len(years) + 1, n_states, n_states))
    position = np.searchsorted(years, year)
    pairs = labels[follows], labels[follows + 1]
    np.add.at(counts, (position[follows], *pairs), 1)
    total = counts.sum(axis=0)
    left_out = np.column_stack([position[start], _index_of(years, target_year)])
    probabilities = np.empty((len(start), n_states))
    keys = np.column_stack([left_out, n_steps])
    unique, inverse = np.unique(keys, axis=0, return_inverse=True)
    for i, (first, second, power) in enumerate(unique):
        others = total - counts[first] - (second != first) * counts[second]
        matrix = _divide(others)
        frequency = _divide(others.sum(axis=0))
        matrix = np.where(np.isnan(matrix), frequency, matrix)
        of_key = inverse.ravel() == i
        rows = np.linalg.matrix_power(matrix, power)
        probabilities[of_key] = rows[labels[start[of_key]]]
    return probabilities[:, :-1]


def _index_of(years, sought):
    """Return the index of each year, or the number of years if it is not there."""
    index = np.searchsorted(years, sought).clip(max=len(years) - 1)
    return np.where(years[index] == sought, index, len(years))


def _divide(counts):
    """Divide counts by their sum over the last axis; NaN without counts."""
    total = counts.sum(axis=-1, keepdims=True)
    out = np.full_like(counts, np.nan)
    return np.divide(counts, total, out=out, where=total > 0)
