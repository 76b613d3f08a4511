"""Tests of preferred transitions on Markov chains with and without preference."""

import numpy as np
import pytest
from markov_chains import markov
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import (
    _transitions,
    preferred_transitions,
    transition_probabilities,
)
from skvaeclust.sequences._transitions import _quasi_independent


def test_transitions_without_preference_are_seldom_rejected():
    p, any_discovery = [], 0
    for seed in range(60):
        labels, _ = markov(500, seed)
        table = preferred_transitions(labels, n_surrogates=200, random_state=seed)
        p.append(table["p_value"])
        any_discovery += (table["q_value"] < 0.05).any()
    assert np.mean(np.array(p) < 0.05) < 0.08
    assert np.mean(np.array(p) < 0.5) > 0.4
    assert any_discovery <= 8


@pytest.mark.parametrize("pair", [(0, 3), (2, 1)])
def test_preferred_transitions_are_found(pair):
    labels, _ = markov(900, 0, preferred=pair)
    table = preferred_transitions(labels, random_state=0)
    assert table.loc[pair, "p_value"] == table["p_value"].min() < 0.01
    assert table.loc[pair, "ratio"] > 1
    counts = table["count"].unstack(fill_value=0).to_numpy()
    expected = table["expected"].unstack(fill_value=0).to_numpy()
    assert_allclose(expected.sum(axis=0), counts.sum(axis=0), rtol=1e-3)
    assert_allclose(expected.sum(axis=1), counts.sum(axis=1), rtol=1e-3)


def test_two_clusters_have_nothing_to_prefer():
    table = preferred_transitions([0, 1, 0, 0, 1, 1, 0], random_state=0)
    assert_array_equal(table["count"], table["expected"])
    assert_array_equal(table["p_value"], 1)


def test_expected_counts_fit_the_margins():
    rng = np.random.default_rng(0)
    for n_clusters in (2, 3, 4, 7):
        hubs = np.zeros((60, n_clusters, n_clusters), dtype=int)
        hubs[:, 0], hubs[:, :, 0] = rng.poisson(9, (2, 60, n_clusters))
        hubs[20:, 1, -1] += 1  # beside the hub
        others = rng.poisson(rng.gamma(0.3, 9, (60, n_clusters, n_clusters)))
        for counts in (hubs, others):
            counts = counts * ~np.eye(n_clusters, dtype=bool)
            fitted = _quasi_independent(counts)
            assert_allclose(fitted.sum(axis=1), counts.sum(axis=1), atol=1e-8)
            assert_allclose(fitted.sum(axis=2), counts.sum(axis=2), atol=1e-8)


def test_expected_counts_are_those_of_proportional_fitting():
    counts = np.random.default_rng(0).poisson(20, (4, 4)) * ~np.eye(4, dtype=bool)
    fitted = 1.0 - np.eye(4)
    for _ in range(500):
        fitted *= (counts.sum(axis=1) / fitted.sum(axis=1))[:, None]
        fitted *= counts.sum(axis=0) / fitted.sum(axis=0)
    assert_allclose(_quasi_independent(counts), fitted, atol=1e-9)


def test_clusters_without_transitions_and_batches(monkeypatch):
    labels, _ = markov(300, 0)
    expected = preferred_transitions(labels, random_state=0)
    found = preferred_transitions(labels, n_clusters=500, random_state=0)
    assert_allclose(found.loc[expected.index, "p_value"], expected["p_value"])
    assert (found.drop(expected.index)["p_value"] == 1).all()
    monkeypatch.setattr(_transitions, "BATCH", 16 * 100)
    found = preferred_transitions(labels, random_state=0)
    assert_allclose(found["p_value"], expected["p_value"], atol=0.08)
    assert len(preferred_transitions([0, 0, -1], n_clusters=1)) == 0


NOT_COUNTS = {
    r"square matrix, got the shape \(2, 3\)": np.zeros((2, 3)),
    r"shape \(4,\). Pass transition_counts\(labels\) of labels": [0, 1, 1, 0],
    r"got the shape \(\)": 3,
    r"got counts\[0, 1\]=-1": [[1, -1], [0, 1]],
    r"got counts\[1, 0\]=nan": [[1, 1], [np.nan, 1]],
    r"got counts\[1, 1\]=inf": [[1, 1], [0, np.inf]],
    "got the type complex": [[1j]],
}


@pytest.mark.parametrize("message", NOT_COUNTS)
def test_counts_that_are_refused(message):
    with pytest.raises(ValueError, match=message):
        transition_probabilities(NOT_COUNTS[message])
