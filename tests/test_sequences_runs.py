"""Tests of separate runs, and of the warning about pieces of the record."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvaeclust.sequences import (
    frequencies,
    frequency_trends,
    persistence,
    residence_times,
)
from skvaeclust.sequences._runs import count_separate_runs, warn_about_pieces


def test_separate_runs_by_hand():
    labels = np.array([-1, 0, 0, -1, 0, 1, 0, 3, -1, 3, 0])
    assert_array_equal(count_separate_runs(labels, 5), [3, 1, 0, 1, 0])
    assert_array_equal(count_separate_runs(np.array([-1, -1]), 2), [0, 0])


def test_pieces_of_the_record():
    with pytest.warns(UserWarning, match=r"0 \(1\), 2 \(1\), 3 \(1\)\. They may be"):
        warn_about_pieces(np.repeat([2, 0, 3], 90), 5)
    with pytest.warns(UserWarning, match=r": 1 \(2\)\. "):
        warn_about_pieces(np.repeat([0, 1, 0, 1, 0], 5), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_about_pieces(np.array([0, 1] * 3), 3)  # cluster 2 is empty
        warn_about_pieces(np.full(4, -1), 2)
        warn_about_pieces(np.zeros(90, int), 1)
        warn_about_pieces(np.array([0, 1, 2, 2, 2, 2]), 3)  # rare clusters


@pytest.mark.parametrize(
    "statistic", [frequencies, frequency_trends, persistence, residence_times]
)
def test_statistics_warn_about_pieces_of_the_record(statistic):
    days = np.arange("2000-01-01", "2004-01-01", dtype="M8[D]")
    labels = (days - days[0]).astype(int) // 366
    with pytest.warns(UserWarning, match=r"0 \(1\), 1 \(1\), 2 \(1\), 3 \(1\)"):
        statistic(labels, time=days)
