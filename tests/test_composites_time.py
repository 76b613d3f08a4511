"""Tests of composites of records with times."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust.composites import lead_lag_composites


def test_composites_do_not_cross_a_gap():
    record = np.arange(8.0)[:, None]
    days = np.datetime64("2020-01-01") + np.array([0, 1, 2, 3, 10, 11, 12, 13])
    found = lead_lag_composites(record, [3, 5], [0, 0], [-2, 0, 2], time=days)
    assert_array_equal(found.n_members, [[1, 2, 1]])
    assert_allclose(found.means[0, :, 0], [1, 4, 7])
    of_times = lead_lag_composites(
        record, days[[3, 5]].astype("M8[ns]"), [0, 0], [-2, 0, 2], time=days
    )
    assert_array_equal(of_times.means, found.means)
    without = lead_lag_composites(record, [3, 5], [0, 0], [-2, 0, 2])
    assert_array_equal(without.n_members, [[2, 2, 2]])
    late = days[:1] + 99
    with pytest.raises(ValueError, match=r"events 2020-04-09 are not among the times"):
        lead_lag_composites(record, late, [0], [0], time=days)


def test_events_and_records_have_dates_of_different_types():
    days = np.arange("2001-01-01", "2001-01-21", dtype="M8[D]")
    record, events = np.zeros((20, 1, 2, 2)), days[[3, 9]]
    for time in (days, days.astype("M8[s]").astype(object), days.astype("M8[ns]")):
        for sought in (events, events.astype("M8[ns]"), pd.DatetimeIndex(events)):
            found = lead_lag_composites(record, sought, [0, 1], [0], time=time)
            assert found.n_members.tolist() == [[1], [1]]
