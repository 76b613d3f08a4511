"""Wrong arguments of statistics raise errors that name the argument and its value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust.composites import (
    cluster_means,
    cluster_significance,
    core_members,
    ensemble_reconstruction,
    is_unassigned,
    lead_lag_composites,
)
from skvaeclust.sequences import (
    frequencies,
    life_cycles,
    persistence,
    preferred_transitions,
    smooth_probabilities,
    transition_counts,
    transition_probabilities,
)

N = 24
FIELDS = np.random.default_rng(0).standard_normal((N, 1, 2, 3))
DAYS = np.datetime64("2000-01-01") + np.arange(N)
LABELS = np.arange(N) // 4 % 3
INDEX = np.column_stack([np.sin(np.arange(N)), np.cos(np.arange(N))])
Q = np.full((N, 3), 1 / 3)
CYCLES = life_cycles(INDEX, time=DAYS, min_duration="1D")

WRONG = {
    "n_surrogates=1000000000 must be an integer from 1 to 100000": lambda: persistence(
        LABELS, n_surrogates=10**9
    ),
    "n_surrogates=True must be an integer": lambda: preferred_transitions(
        LABELS, n_surrogates=True
    ),
    "labels must be integers.*path 'a.nc'. Open": lambda: frequencies(Path("a.nc")),
    "labels must be integers, one per sample, got None": lambda: frequencies(None),
    "time must hold.*<U10. Convert text.*to_datetime": lambda: frequencies(
        [0, 1], time=["2000-01-01", "2000-01-02"]
    ),
    r"time\[1\] is infinite": lambda: frequencies([0, 1], time=[0, np.inf]),
    "by='season' needs dates, got time of the type int": lambda: frequencies(
        LABELS, time=np.arange(N), by="season"
    ),
    r"by must hold groups of one type, got \['int', 'str'\]": lambda: frequencies(
        [0, 1], by=np.array(["a", 1], dtype=object)
    ),
    "by must have the times of labels": lambda: frequencies(
        pd.Series(LABELS, DAYS), by=pd.Series(LABELS, DAYS[::-1])
    ),
    "labels.index must increase": lambda: transition_counts(
        pd.Series(LABELS, DAYS[::-1])
    ),
    "counts must be numbers: setting": lambda: transition_probabilities([[1, 2], [3]]),
    r"counts\[0, 1\]=nan": lambda: transition_probabilities(
        np.ma.masked_equal([[1, 2], [3, 4]], 2)
    ),
    r"square matrix, got the shape \(0, 0\)": lambda: transition_probabilities(
        np.zeros((0, 0))
    ),
    "return_transitions='no' must be True or False": lambda: smooth_probabilities(
        Q, return_transitions="no"
    ),
    "min_duration must be a duration or a number, got None": lambda: life_cycles(
        INDEX, min_duration=None
    ),
    "min_duration='5' must be a duration >= 0, such as": lambda: life_cycles(
        INDEX, time=DAYS, min_duration="5"
    ),
    "min_duration=nan must be a finite number >= 0": lambda: life_cycles(
        INDEX, min_duration=np.nan
    ),
    "max_dip must be a duration or a number, got None": lambda: life_cycles(
        INDEX, min_duration=1, max_dip=None
    ),
    "by must be an array or DataArray, got a Dataset": lambda: frequencies(
        LABELS, by=xr.Dataset()
    ),
    "n_clusters must be given, since all labels are -1": lambda: cluster_means(
        FIELDS, 0 * LABELS - 1
    ),
    "threshold=nan must be a finite number": lambda: life_cycles(
        INDEX, min_duration=3, threshold=np.nan
    ),
    "threshold='x' must be a finite number": lambda: CYCLES.n_cycles("x"),
    "must_lead='no' must be True or False": lambda: life_cycles(
        INDEX, min_duration=3, must_lead="no"
    ),
    "index must be numbers, got the type complex": lambda: life_cycles(
        INDEX * 1j, min_duration=3
    ),
    "index must be numbers, got the type <U": lambda: life_cycles(
        INDEX.astype(str), min_duration=3
    ),
    r"time\[0\] is NaT": lambda: CYCLES.labels(np.array(["NaT"], "M8[D]")),
    "index, datetime64, got numbers": lambda: CYCLES.labels([1, 2]),
    "anomalies='no' must be True or False": lambda: cluster_means(
        FIELDS, LABELS, anomalies="no"
    ),
    "independent='no' must be": lambda: cluster_significance(
        FIELDS, LABELS, independent="no"
    ),
    "weighted=1 must be": lambda: ensemble_reconstruction(
        None, FIELDS, X_train=FIELDS, weighted=1
    ),
    "alpha=nan must be strictly": lambda: cluster_significance(
        FIELDS, LABELS, alpha=np.nan
    ),
    "finite values up to 1e.140, got inf": lambda: cluster_significance(
        np.where(FIELDS > 1, np.inf, FIELDS), LABELS
    ),
    r"lags must be .* from -23 to 23 .* got \[1000\]": lambda: lead_lag_composites(
        FIELDS, [1], [0], [0, 1000]
    ),
    "of 24 times, got": lambda: lead_lag_composites(
        FIELDS, [1], [0], np.array([2**63], "u8")
    ),
    "groups must have at least one event.* 0 events": lambda: lead_lag_composites(
        FIELDS, np.zeros(0, int), np.zeros(0, int), [0]
    ),
    "n_sigma=nan must be": lambda: core_members(None, FIELDS, np.nan),
    "quantile=nan must be": lambda: is_unassigned(
        None, FIELDS, X_train=FIELDS, quantile=np.nan
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_named(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()


def test_small_integers_do_not_overflow():
    fields = np.arange(300.0)[:, None]
    events, lags = np.array([100, 120], "i1"), np.array([100], "i1")
    found = lead_lag_composites(fields, events, [0, 0], lags)
    assert found.means.item() == 210


def test_estimators_without_scores_are_refused_before_fits():
    with pytest.raises(TypeError, match=r"KMeans\(.*without predict_proba"):
        is_unassigned(KMeans(2), FIELDS, X_train=FIELDS)


def test_dates_of_pandas_are_the_times():
    days = DAYS[np.r_[0:8, 12:N]]  # with a gap
    labels = pd.Series(LABELS[: len(days)], days)
    expected = transition_counts(labels.to_numpy(), time=days)
    assert_array_equal(transition_counts(labels), expected)
    assert expected.sum() == len(days) - 2
    table = pd.DataFrame(INDEX, DAYS)
    assert life_cycles(table, min_duration="1D").table["onset"].dtype.kind == "M"


def test_masked_index_is_missing():
    index = np.ma.masked_array(np.ones((5, 1)), mask=np.arange(5)[:, None] == 2)
    assert len(life_cycles(index, min_duration=1).table) == 2


def test_interval_of_a_periodic_record_has_a_width():
    table = frequencies(np.arange(120) // 4 % 3, n_clusters=4)
    assert (table["high"] - table["low"] > 0.01).all()
