"""Tests of forecast skill: scores, references, pairs, intervals, and reliability."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from skvaeclust.sequences import transition_counts, transition_probabilities
from skvaeclust.verification import forecast_skill, reference_probabilities
from skvaeclust.verification._blocks import draw_blocks
from skvaeclust.verification._scores import fair_squared_errors, observed_frequencies

N_CLUSTERS, LEADS = 3, np.array([1, 2, 5])
DAYS = {"units": "days"}


def make_truth(start="2001-01-01", n_days=4 * 365, seed=0, **calendar):
    """Labels that change every five days on average."""
    rng = np.random.default_rng(seed)
    new = rng.random(n_days) < 0.2
    last = np.maximum.accumulate(np.where(new, np.arange(n_days), 0))
    time = xr.date_range(start, periods=n_days, **calendar)
    labels = rng.integers(0, N_CLUSTERS, n_days)[last]
    return xr.DataArray(labels, {"time": time}, ["time"], "label")


def make_forecasts(truth, n_members=4, hard=False, every=7, seed=1):
    """Members that know something of the truth."""
    rng = np.random.default_rng(seed)
    start = np.arange(0, truth.size - LEADS.max(), every)
    y = np.eye(N_CLUSTERS)[truth.values[start[:, None] + LEADS]]
    noise = rng.gamma(0.5, size=(*y.shape[:2], n_members, N_CLUSTERS))
    p = y[:, :, None] + noise * LEADS[:, None, None]
    p /= p.sum(axis=-1, keepdims=True)
    if hard:
        p = np.eye(N_CLUSTERS)[p.argmax(axis=-1)]
    return xr.DataArray(
        p,
        {"time": truth.time[start], "lead": ("lead", LEADS, DAYS)},
        ["time", "lead", "member", "cluster"],
        "probability",
    )


@pytest.fixture(scope="module")
def truth():
    return make_truth()


@pytest.fixture(scope="module")
def forecasts(truth):
    return make_forecasts(truth)


def scores(*args, n_resamples=20, **params):
    params = {"random_state": 0, "n_resamples": n_resamples} | params
    return forecast_skill(*args, **params).to_dataset()


def at_valid_time(truth, forecasts):
    """Labels at the valid times, of shape (n_starts, n_leads)."""
    start = np.searchsorted(truth.time.values, forecasts.time.values)
    return truth.values[start[:, None] + LEADS]


@pytest.mark.parametrize("hard", [True, False])
def test_fair_score_is_the_mean_over_pairs_of_members(truth, hard):
    forecasts = make_forecasts(truth, n_members=3, hard=hard)
    y = np.eye(N_CLUSTERS)[at_valid_time(truth, forecasts)]
    e = forecasts.values - y[:, :, None]
    pairs = [e[:, :, m] * e[:, :, n] for m, n in permutations(range(3), 2)]
    expected = np.mean(pairs, axis=0).mean(axis=0)
    found = scores(forecasts, truth)
    assert_allclose(found["cluster_brier_score"], expected, atol=1e-14)
    assert_allclose(found["brier_score"], expected.sum(axis=-1), atol=1e-14)
    assert found.attrs["fair"] == 1


def test_fair_score_does_not_depend_on_the_number_of_members():
    rng = np.random.default_rng(0)
    p = rng.random(40_000)
    y = (rng.random(p.size) < p) * 1.0
    for n_members in (2, 10):
        members = rng.random((n_members, p.size)) < p
        total = members.sum(axis=0)
        found = fair_squared_errors(total, total, np.array(n_members), y)
        error = (found - (p - y) ** 2).std() / np.sqrt(p.size)
        assert abs(found.mean() - np.mean((p - y) ** 2)) < 3 * error


def test_score_of_probabilities_is_that_of_scikit_learn(truth, forecasts):
    mean = forecasts.mean("member")
    found = scores(mean, truth)
    y = at_valid_time(truth, forecasts)
    for i in range(len(LEADS)):
        assert_allclose(found["brier_score"][i], brier_score_loss(y[:, i], mean[:, i]))
        for k in range(N_CLUSTERS):
            expected = brier_score_loss(y[:, i] == k, mean[:, i, k])
            assert_allclose(found["cluster_brier_score"][i, k], expected)
    assert found.attrs["fair"] == 0


def test_one_member_has_no_fair_score(truth, forecasts):
    one = forecast_skill(forecasts[:, :, :1], truth, n_resamples=20, random_state=0)
    same = scores(forecasts[:, :, 0], truth)
    xr.testing.assert_equal(one.to_dataset(), same)
    assert "not fair" in str(one)


def test_climatology_of_the_month_without_the_year_of_the_target(truth, forecasts):
    found = reference_probabilities(forecasts, truth)
    assert found.dims == ("time", "lead", "cluster")
    time, labels = truth.time.to_index(), truth.values
    for i, j in ((0, 0), (5, 2), (100, 1)):
        valid = forecasts.time.to_index()[i] + pd.Timedelta(LEADS[j], "D")
        others = labels[(time.month == valid.month) & (time.year != valid.year)]
        expected = np.bincount(others, minlength=N_CLUSTERS) / len(others)
        assert_allclose(found[i, j], expected)


def test_persistence_is_a_row_of_the_power_of_the_transitions(truth, forecasts):
    found = reference_probabilities(forecasts, truth, reference="persistence")
    time = truth.time.to_index()
    start = forecasts.time.to_index()[60]
    counts = transition_counts(truth)
    before, after = truth.values[:-1], truth.values[1:]
    of_year = time.year[:-1] == start.year
    np.subtract.at(counts, (before[of_year], after[of_year]), 1)
    matrix = transition_probabilities(counts)
    label = truth.sel(time=start).item()
    for j, lead in enumerate(LEADS):
        expected = np.linalg.matrix_power(matrix, lead)[label]
        assert_allclose(found[60, j], expected)


def test_persistence_with_no_cluster_as_a_state(truth, forecasts):
    truth = truth.where(truth.time.dt.day > 20, -1)
    found = reference_probabilities(forecasts, truth, reference="persistence")
    assert 0.1 < 1 - found.sum("cluster").mean() < 0.9
    climatology = reference_probabilities(forecasts, truth)
    assert (climatology.sum("cluster") < 0.8).all()
    # No cluster occurs, so that the score is the sum of squared probabilities.
    never = scores(forecasts.mean("member"), xr.full_like(truth, -1))
    squares = (forecasts.mean("member") ** 2).sum("cluster").mean("time")
    assert_allclose(never["brier_score"], squares)


@pytest.mark.parametrize("reference", ["climatology", "persistence"])
def test_skill_of_the_reference_is_exactly_zero(truth, forecasts, reference):
    same = reference_probabilities(forecasts, truth, reference=reference)
    found = scores(same, truth, reference=reference)
    for name in ("skill", "skill_low", "skill_high", "cluster_skill"):
        assert_array_equal(found[name], 0)
    assert np.isnan(found["horizon"])


def test_perfect_forecasts(truth, forecasts):
    y = np.eye(N_CLUSTERS)[at_valid_time(truth, forecasts)]
    perfect = forecasts.copy(data=np.repeat(y[:, :, None], 4, axis=2))
    result = forecast_skill(perfect, truth, random_state=0)
    found = result.to_dataset()
    assert_allclose(found["skill"], 1)
    assert_allclose(found["skill_low"], 1)
    assert found["horizon"] == LEADS[-1]
    assert "above 0 up to 5 days" in str(result)


def test_never_observed_cluster(truth, forecasts):
    wider = xr.concat([forecasts, xr.zeros_like(forecasts[..., :1])], "cluster")
    wider = wider.assign_coords(cluster=["a", "b", "c", "d"])
    result = forecast_skill(wider, truth, n_resamples=20, random_state=0)
    found = result.to_dataset()
    assert found["cluster_skill"].isnull().values.tolist() == [[False] * 3 + [True]] * 3
    assert_allclose(found["skill"], scores(forecasts, truth)["skill"])
    assert "Never observed: d." in str(result)


def test_pairs_without_truth_or_forecast_are_counted(truth, forecasts):
    days = truth.time.to_index()
    gaps = truth[(days.day != 3) & (days < days[-60])]
    missing = forecasts.copy()
    missing[2, 1] = np.nan
    missing[4, :, 1:] = np.nan  # a single member
    missing[6, :, 1:3] = np.nan  # two members
    result = forecast_skill(missing, gaps, n_resamples=20, random_state=0)
    found = result.to_dataset()
    valid = forecasts.time.values[:, None] + LEADS.astype("m8[D]")
    has_truth = np.isin(valid, gaps.time.values)
    expected = (~has_truth).sum(axis=0)
    assert_array_equal(found["n_without_truth"], expected)
    assert found["n_without_forecast"].values.tolist() == [1, 2, 0]  # one without truth
    assert np.isfinite(found["skill"]).all()
    totals = [f"{expected.sum()} without truth", "3 without forecast"]
    assert f"Pairs that are left out: {', '.join(totals)}." in str(result)
    reasons = ("truth", "forecast", "reference")
    left_out = sum(int(found[f"n_without_{name}"].sum()) for name in reasons)
    assert left_out + int(found["n_pairs"].sum()) == forecasts[..., 0, 0].size
    n_starts = has_truth.any(axis=1).sum() - 1  # and one with a single member
    assert f" {n_starts} starts" in str(result)
    beyond = gaps[gaps.time < forecasts.time[0] + np.timedelta64(3, "D")]
    with pytest.raises(ValueError, match="truth in another year"):
        scores(forecasts, beyond)


def test_missing_members_are_left_out(truth, forecasts):
    fewer = forecasts.where(forecasts.member < 2)
    xr.testing.assert_allclose(
        scores(fewer, truth).drop_attrs(),
        scores(forecasts[:, :, :2], truth).drop_attrs(),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.transpose("cluster", "member", "lead", "time"),
        lambda p: p.assign_coords(lead=("lead", 24 * LEADS, {"units": "hours"})),
        lambda p: p.assign_coords(lead=LEADS.astype("m8[D]")),
        lambda p: p.assign_coords(time=p.time.astype("M8[s]")),
        lambda p: p.drop_vars("lead").assign_coords(
            valid_time=(
                ("time", "lead"),
                p.time.values[:, None] + LEADS.astype("m8[D]"),
            )
        ),
        lambda p: p.rename(time="start"),
        lambda p: p.chunk({"time": 50, "member": 2}),
    ],
    ids=["order", "hours", "durations", "seconds", "valid_time", "name", "dask"],
)
def test_layouts(truth, forecasts, change):
    expected = scores(forecasts, truth)
    found = scores(change(forecasts), truth)
    for name in ("skill", "skill_low", "cluster_brier_score", "n_pairs"):
        assert_allclose(found[name], expected[name])


def test_unknown_valid_times_have_no_truth(truth, forecasts):
    valid = forecasts.time.values[:, None] + LEADS.astype("m8[D]")
    valid[3, 1] = np.datetime64("NaT")
    forecasts = forecasts.assign_coords(valid_time=(("time", "lead"), valid))
    for reference in ("climatology", "persistence"):
        found = scores(forecasts, truth, reference=reference)
        assert found["n_without_truth"].values.tolist() == [0, 1, 0]


def test_durations_as_leads(truth, forecasts):
    durations = forecasts.assign_coords(lead=LEADS.astype("m8[D]"))
    result = forecast_skill(durations, truth, n_resamples=20, random_state=0)
    assert "at 1 day;" in str(result)
    assert result.to_dataset()["horizon"].dtype.kind == "m"


def test_calendar_dates():
    truth = make_truth(use_cftime=True)
    forecasts = make_forecasts(truth)
    usual = make_truth()
    for reference in ("climatology", "persistence"):
        found = scores(forecasts, truth, reference=reference)
        same = scores(make_forecasts(usual), usual, reference=reference)
        assert_allclose(found["cluster_skill"], same["cluster_skill"])
    with pytest.raises(ValueError, match="convert_calendar"):
        scores(forecasts, usual)
    other = make_truth(calendar="360_day", use_cftime=True)
    assert np.isfinite(scores(make_forecasts(other), other)["skill"]).all()


def test_numbering_of_clusters(truth, forecasts):
    order = [2, 0, 1]
    other = truth.copy(data=np.argsort(order)[truth.values])
    found = scores(forecasts.isel(cluster=order), other)
    expected = scores(forecasts, truth)
    assert_allclose(found["skill"], expected["skill"])
    assert_allclose(found["cluster_skill"], expected["cluster_skill"][:, order])


def test_blocks_are_consecutive_and_complete():
    weights = draw_blocks(10, 4, 50, np.random.RandomState(0))
    assert_array_equal(weights.sum(axis=1), 10)
    single = draw_blocks(6, 6, 50, np.random.RandomState(0))
    assert_array_equal(single, 1)
    pairs = draw_blocks(6, 3, 200, np.random.RandomState(0))
    changes = (np.diff(pairs, axis=1, append=pairs[:, :1]) != 0).sum(axis=1)
    assert set(changes) <= {0, 2, 4}


def test_intervals_of_independent_starts_have_the_analytic_width():
    truth = make_truth(n_days=4 * 365)
    rng = np.random.default_rng(0)
    forecasts = make_forecasts(truth).mean("member")
    forecasts = forecasts.copy(data=rng.dirichlet([1, 1, 1], size=forecasts.shape[:2]))
    found = scores(forecasts, truth, n_resamples=2000, block_length=1)
    width = (found["skill_high"] - found["skill_low"]).values / 2
    y = np.eye(N_CLUSTERS)[at_valid_time(truth, forecasts)]
    s = ((forecasts.values - y) ** 2).sum(axis=-1)
    r = ((reference_probabilities(forecasts, truth).values - y) ** 2).sum(axis=-1)
    ratio = s.mean(axis=0) / r.mean(axis=0)
    error = (s - ratio * r).std(axis=0) / np.sqrt(len(s)) / r.mean(axis=0)
    assert_allclose(width, 1.96 * error, rtol=0.1)


def test_fewer_than_two_blocks_have_no_interval(truth, forecasts):
    result = forecast_skill(forecasts[:3], truth, block_length=2, random_state=0)
    found = result.to_dataset()
    assert "fewer than two blocks" in str(result)
    assert np.isfinite(found["skill"]).all()
    assert found["skill_low"].isnull().all()
    assert found["horizon"].isnull()


def test_resamples_without_any_pair_are_ignored(truth, forecasts):
    early = forecasts.time <= forecasts.time[3]
    few = forecasts.where((forecasts.lead < 5) | early)
    result = forecast_skill(few, truth, n_resamples=200, random_state=0)
    found = result.to_dataset()
    assert found["n_pairs"].values.tolist() == [len(forecasts)] * 2 + [4]
    assert np.isfinite(found["skill_low"]).all()
    assert result.reliability()["low"].isnull()[2].all()


def test_reliability_is_isotonic_regression():
    rng = np.random.default_rng(0)
    p, grid = rng.random(300), np.linspace(0, 1, 41)
    y = (rng.random(300) < p**2) * 1.0
    weights = np.vstack([np.ones(300), rng.integers(0, 3, 300)])
    found = observed_frequencies(p, y, weights, grid)
    inside = (grid >= p.min()) & (grid <= p.max())
    for row, weight in zip(found, weights, strict=True):
        drawn = weight > 0
        model = IsotonicRegression(out_of_bounds="clip")
        model.fit(p[drawn], y[drawn], sample_weight=weight[drawn])
        assert_allclose(row[inside], model.predict(grid[inside]))
    assert np.isnan(found[:, ~inside]).all()


def test_reliability_of_forecasts(truth, forecasts):
    result = forecast_skill(forecasts, truth, n_resamples=50, random_state=0)
    found = result.reliability([0, 2], clusters=1)
    assert found["lead"].values.tolist() == [1, 5]
    assert_allclose(found["fraction"].sum("probability"), 1)
    frequency = found["frequency"].dropna("probability")
    assert (frequency.diff("probability") >= 0).all()
    assert (found["low"].fillna(0) <= found["high"].fillna(1)).all()
    assert result.reliability()["frequency"].shape == (3, 41)


@pytest.mark.parametrize(
    ("change", "params", "error", "message"),
    [
        (lambda p: p.values, {}, TypeError, "must be a DataArray"),
        (lambda p: p.isel(cluster=0), {}, ValueError, "must have the dimensions"),
        (lambda p: p.rename(lead="step"), {}, ValueError, "must have the dimensions"),
        (lambda p: 2 * p, {}, ValueError, "between 0 and 1"),
        (
            lambda p: p.where(p.cluster > 0),
            {},
            ValueError,
            "NaN for all clusters or none",
        ),
        (lambda p: p, {"reference": "none"}, ValueError, "reference='none'"),
        (lambda p: p, {"block_length": 0}, ValueError, "block_length=0 must be"),
        (lambda p: p, {"block_length": 10**9}, ValueError, "block_length=1000000000 m"),
        (
            lambda p: p,
            {"n_resamples": 10**9},
            ValueError,
            "n_resamples=1000000000 must",
        ),
        (lambda p: p, {"n_resamples": 1}, ValueError, "n_resamples=1 must be .* >= 2"),
        (lambda p: p.astype(str), {}, ValueError, "numbers, got the type <U"),
        (
            lambda p: p.assign_coords(
                lead=("lead", np.where(LEADS > 1, LEADS, np.nan))
            ),
            {},
            ValueError,
            "Lead times must not be missing, got NaT or NaN in 'lead'",
        ),
        (lambda p: p[:0], {}, ValueError, "no values: 'time' has the size 0"),
        (
            lambda p: p.isel(cluster=[2, 0, 1]),
            {},
            ValueError,
            r"must be \[0, 1, 2\], in the order of the labels.*got \[2, 0, 1\]",
        ),
        (
            lambda p: p.assign_coords(lead=LEADS),
            {},
            ValueError,
            "numbers with the attribute units",
        ),
        (lambda p: p[::-1], {}, ValueError, "must increase along 'time'"),
        (lambda p: p[:, ::-1], {}, ValueError, "must increase along 'lead'"),
        (lambda p: p.drop_vars("time"), {}, ValueError, "a coordinate 'time'"),
        (
            lambda p: p.assign_coords(lead=("lead", LEADS, {"units": "hours"})),
            {"reference": "persistence"},
            ValueError,
            "multiples of the time step",
        ),
    ],
)
def test_errors(truth, forecasts, change, params, error, message):
    forecasts = forecasts.assign_coords(cluster=range(N_CLUSTERS))
    with pytest.raises(error, match=message):
        scores(change(forecasts), truth, **params)


@pytest.mark.parametrize("wrong", [[9], -1, 1.0, [], "NAO", [True]])
def test_errors_of_reliability(truth, forecasts, wrong):
    skill = forecast_skill(forecasts, truth, n_resamples=20, random_state=0)
    for name in ("leads", "clusters"):
        with pytest.raises(ValueError, match=f"{name}=.* must be one or several int"):
            skill.reliability(**{name: wrong})


def test_errors_of_truth(truth, forecasts):
    with pytest.raises(TypeError, match="truth must be a DataArray"):
        scores(forecasts, truth.values)
    with pytest.raises(ValueError, match="coordinate with dates"):
        scores(forecasts, truth.drop_vars("time"))
    with pytest.raises(ValueError, match="truth must be integers, got an array"):
        scores(forecasts, truth * 1.0)
    with pytest.raises(ValueError, match=r"truth.time must increase"):
        scores(forecasts, truth[::-1])
    named = truth.assign_attrs(flag_meanings="zonal block ridge")
    with pytest.raises(ValueError, match=r"must be \['zonal', 'block', 'ridge'\]"):
        scores(forecasts.assign_coords(cluster=["block", "zonal", "ridge"]), named)
    with pytest.raises(ValueError, match="n_clusters=3, got 3"):
        scores(forecasts, truth + 1)
