"""Tests of preferred transitions on Markov chains with and without preference."""

import numpy as np
import pytest
from markov_chains import markov
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import preferred_transitions


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
