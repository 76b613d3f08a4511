"""Tests of persistence and residence times, by hand and against Markov chains."""

import numpy as np
import pytest
from markov_chains import markov
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.sequences import (
    persistence,
    residence_times,
    transition_counts,
    transition_probabilities,
)


def test_counts_and_persistence_by_hand():
    labels = [0, 0, 0, 1, 0, 0, 2, 2]
    time = [1, 2, 3, 4, 5, 9, 10, 11]  # a gap between the fifth and the sixth
    counts = transition_counts(labels, time=time, n_clusters=4)
    expected = np.zeros((4, 4), dtype=int)
    expected[0, :3], expected[1, 0], expected[2, 2] = [2, 1, 1], 1, 1
    assert_array_equal(counts, expected)
    p = transition_probabilities(counts)
    assert_allclose(p[0], [0.5, 0.25, 0.25, 0])
    assert np.isnan(p[3]).all()
    table = persistence(labels, time=time, n_clusters=4)
    assert_allclose(table["frequency"], [5 / 8, 1 / 8, 2 / 8, 0])
    assert_array_equal(table["n_runs"], [3, 1, 1, 0])
    assert_allclose(table["mean_residence"], [5 / 3, 1, 2, np.nan])
    assert_allclose(table["longest_residence"], [3, 1, 2, np.nan])
    assert_allclose(table["geometric_residence"], [2, 1, np.inf, np.nan])


@pytest.mark.parametrize("seed", range(3))
def test_residence_of_a_sequence_without_other_memory(seed):
    rng = np.random.default_rng(seed)
    stay = np.array([0.5, 0.8])
    labels = [0]
    for u in rng.random(20_000):
        labels.append(labels[-1] if u < stay[labels[-1]] else 1 - labels[-1])
    table = persistence(labels)
    assert_allclose(table["mean_residence"], 1 / (1 - stay), rtol=0.05)
    assert_allclose(table["geometric_residence"], table["mean_residence"], rtol=1e-2)


def test_residence_times_by_hand():
    labels = [0, 0, 1, 0, 1, 1, 0, 0, 0, 1]
    table = residence_times(labels, time=[1, 2, 3, 4, 5, 6, 7, 8, 9, 20])
    # The last run of 0 ends at a gap, and the last of 1 with the record.
    assert table.loc[0, "observed"].tolist() == [1, 1]
    assert table.loc[1, "observed"].tolist() == [1, 1]
    stay = 3 / 5  # of the five samples of 0 that are followed by another
    assert_allclose(table.loc[0, "geometric"], 2 * (1 - stay) * stay ** np.arange(2))
    assert_allclose(table.loc[0, "survival"], [1, 0.5])
    assert_allclose(table.loc[0, "geometric_survival"], [1, stay])


def test_residence_of_a_markov_chain_is_geometric():
    labels, _ = markov(50_000, 0)
    table = residence_times(labels)
    many = table[table["geometric"] > 200]
    assert_allclose(many["observed"], many["geometric"], rtol=0.2)
    assert_allclose(table.groupby("cluster").sum()["observed"].sum(), 13_500, rtol=0.1)
    inside = (table["low"] <= table["survival"]) & (table["survival"] <= table["high"])
    assert inside.mean() > 0.8


def test_no_complete_run():
    table = residence_times([0, 0, 0], n_clusters=2)
    assert len(table) == 0
    assert table.index.names == ["cluster", "duration"]
