"""Tests of trends of frequencies."""

import numpy as np
import pytest
from markov_chains import markov
from numpy.testing import assert_allclose

from skvaeclust.sequences import frequency_trends


def test_trend_of_frequencies():
    rng = np.random.default_rng(0)
    days = np.arange("1980-07-01", "2020-07-01", dtype="M8[D]")
    chance = 0.3 + 0.1 * (days - days[0]).astype(float) / 3652.5
    labels = (rng.random(len(days)) < chance).astype(int)
    table = frequency_trends(labels, days, random_state=0)
    assert_allclose(table["trend"], [-0.1, 0.1], atol=0.01)
    assert ((table["low"] < table["trend"]) & (table["trend"] < table["high"])).all()
    assert table.loc[1, "low"] > 0
    assert_allclose(table["mean_frequency"], np.bincount(labels) / len(labels))
    assert_allclose(table["mean_year"], 2000.5, atol=0.01)
    with pytest.raises(ValueError, match="at least 3 years, got 1"):
        frequency_trends(labels[:365], days[:365])


def test_trend_of_all_samples():
    time = np.arange("2000-07", "2010-07", dtype="M8[M]").astype("M8[D]")
    labels = np.where(np.arange(120) % 12 < np.arange(120) // 12, 0, -1)
    table = frequency_trends(labels, time, random_state=0)
    assert_allclose(table["trend"], [10 / 12])


def test_trends_cover_zero_without_a_trend():
    days = np.concatenate(
        [np.datetime64(f"{year}-12-01") + np.arange(60) for year in range(2000, 2010)]
    )
    covered = []
    for seed in range(40):
        table = frequency_trends(
            markov(600, seed)[0], days, n_clusters=4, n_resamples=200, random_state=seed
        )
        covered.append((table["low"] <= 0) & (table["high"] >= 0))
    assert 0.9 < np.mean(covered) < 1
