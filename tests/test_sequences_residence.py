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
from skvaeclust.sequences._frequencies import wilson
from skvaeclust.sequences._residence import _estimate_survival


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
    assert_array_equal(table["n_separate_runs"], [2, 1, 1, 0])
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
    # The first run of 0, and the last one of 1, begin at an unknown time.
    assert table.loc[0, "observed"].tolist() == [1, 0, 0]
    assert table.loc[0, "censored"].tolist() == [0, 0, 1]
    assert table.loc[1, "observed"].tolist() == [1, 1]
    stay = 3 / 5  # of the five samples of 0 that are followed by another
    assert_allclose(table.loc[0, "geometric_survival"], stay ** np.arange(3))
    assert_allclose(table.loc[0, "survival"], [1, 0.5, 0.5])
    assert_allclose(table.loc[1, "survival"], [1, 0.5])


def test_censored_runs_by_hand():
    """A run of L samples until a gap is known to last longer than L - 1 samples."""
    columns = _estimate_survival(np.array([1, 2, 2, 5]), np.array([1, 3, 3]), 1.96)
    # At risk of an end after 1, 2, 5 samples: 6 (the censored 1 is not), 5, 1.
    expected = np.array([1, 5 / 6, 1 / 2, 1 / 2, 1 / 2])
    assert_allclose(columns["survival"], expected)
    assert_array_equal(columns["observed"], [1, 2, 0, 0, 1])
    assert_array_equal(columns["censored"], [1, 0, 2, 0, 0])
    low, high = wilson(1 / 2, 3 / (1 / 2), 1.96)  # of 3 runs of at least 3 samples
    assert_allclose([columns["low"][2], columns["high"][2]], [low, high])
    assert (columns["low"] <= expected).all()
    assert (expected <= columns["high"]).all()


def winters(n_winters, draw_length, seed):
    """Return labels of winters, whose runs have the given lengths, and their days."""
    rng, labels = np.random.default_rng(seed), []
    for _ in range(n_winters):
        cluster = np.arange(400) + rng.integers(3)
        runs = np.repeat(cluster % 3, [draw_length(rng) for _ in range(400)])
        labels.append(runs[300:390])
    days = [
        np.datetime64(f"{2000 + i}-12-01") + np.arange(90) for i in range(n_winters)
    ]
    return np.concatenate(labels), np.concatenate(days)


def draw_mixture(rng):
    return rng.geometric(0.6 if rng.random() < 0.5 else 0.08)


def test_residence_times_are_unbiased():
    labels, time = winters(150, draw_mixture, 0)
    table = residence_times(labels, time=time)
    assert table.attrs["unit"] == "days"
    d = np.arange(1, 21)
    true = 0.5 * 0.4 ** (d - 1) + 0.5 * 0.92 ** (d - 1)
    for k in range(3):
        assert_allclose(table.loc[k, "survival"].iloc[:20], true, atol=0.05)
    chain = table.loc[0, "geometric_survival"].iloc[:20]
    assert np.abs(chain - true).max() > 0.15


def test_durations_are_in_days():
    labels = np.repeat([0, 1, 0, 1], [3, 2, 1, 4])
    hours = np.datetime64("2000-01-01T00") + 6 * np.arange(10)
    table = persistence(labels, time=hours, random_state=0)
    assert_allclose(table["mean_residence"], [0.5, 0.75])
    assert_allclose(table["longest_residence"], [0.75, 1])
    times = residence_times(labels, time=hours)
    assert_allclose(times.loc[1].index, [0.25, 0.5, 0.75, 1])
    numbers = residence_times(labels, time=np.arange(10) / 2)
    assert_allclose(numbers.loc[1].index, [0.5, 1, 1.5, 2])
    assert numbers.attrs["unit"] == "units of time"


def test_memory_is_found_and_chains_have_none():
    options = {"n_surrogates": 199, "random_state": 0, "n_clusters": 4}
    p_of_chains = []
    for seed in range(40):
        table = persistence(markov(900, seed)[0], **options)
        p_of_chains.append(table["p_value"])
        assert table["dispersion"].between(0.1, 4).all()
    assert 0.01 < np.mean(np.array(p_of_chains) < 0.05) < 0.09
    assert 0.4 < np.mean(np.array(p_of_chains) < 0.5) < 0.6
    labels, time = winters(20, draw_mixture, 0)
    table = persistence(labels, time=time, **options)
    assert (table["p_value"].iloc[:3] < 0.05).all()
    assert (table["dispersion"].iloc[:3] > 1.5).all()
    labels, time = winters(10, lambda rng: rng.integers(4, 7), 0)
    table = persistence(labels, time=time, **options)
    assert (table["p_value"].iloc[:3] < 0.05).all()
    assert (table["dispersion"].iloc[:3] < 0.5).all()
    assert table.loc[3, ["dispersion", "p_value"]].isna().all()


def test_no_complete_run():
    table = residence_times([0, 0, 0], n_clusters=2)
    assert len(table) == 0
    assert table.index.names == ["cluster", "duration"]
    assert persistence([0, 0, 0], random_state=0)["p_value"].isna().all()
    assert persistence([0, 1, 0, 1], random_state=0)["p_value"].isna().all()


def test_runs_of_a_single_sample():
    labels = np.arange(40) % 4
    labels[20:] -= 1  # -1 in the second half
    table = persistence(labels, random_state=0)
    assert table["p_value"].isna().all()
