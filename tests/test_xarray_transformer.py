"""Tests of FieldTransformer: transformation and inverse, later data, any data."""

import os
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA

from skvaeclust.xarray import FieldTransformer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# Transformation and inverse


@pytest.mark.parametrize("climatology", [None, "mean", "month", "dayofyear"])
@pytest.mark.parametrize("detrend", [False, True])
@pytest.mark.parametrize("weights", [None, "coslat"])
@pytest.mark.parametrize("scale", [None, "common", "variable"])
def test_inverse_transform_restores_the_data(
    currents, climatology, detrend, weights, scale
):
    transformer = FieldTransformer(
        climatology=climatology, detrend=detrend, weights=weights, scale=scale
    )
    rows = transformer.fit_transform(currents)
    assert rows.shape == (60, 2 * (30 - 2))
    back = transformer.inverse_transform(rows, time=currents.time)
    xr.testing.assert_allclose(back, currents)
    for name in ("u", "v", "lat"):
        assert back[name].attrs == currents[name].attrs
    mean = transformer.inverse_transform(rows.mean(axis=0, keepdims=True))
    assert_allclose(mean.u[0], currents.u.mean("time"), atol=1e-12)


def test_fields_are_rows_with_land(currents):
    fields = FieldTransformer(output="fields").fit_transform(currents)
    rows = FieldTransformer().fit_transform(currents)
    assert fields.shape == (60, 2, 5, 6)
    assert np.isnan(fields[:, :, 0, :2]).all()
    assert_array_equal(fields[~np.isnan(fields)], rows.ravel())


def test_month_is_the_mean_of_the_month(currents):
    rows = FieldTransformer(climatology="month", scale=None).fit_transform(currents.u)
    anomalies = (
        currents.u.groupby("time.month") - currents.u.groupby("time.month").mean()
    )
    assert_allclose(rows, anomalies.values.reshape(60, -1)[:, 2:], atol=1e-12)


def test_trend_is_that_of_scipy(currents):
    from scipy.signal import detrend

    rows = FieldTransformer(detrend=True, scale=None).fit_transform(currents.u)
    raw = currents.u.values.reshape(60, -1)[:, 2:]
    assert_allclose(rows, detrend(raw, axis=0), atol=1e-12)


def test_annual_cycle_is_removed(make_currents):
    years = make_currents(3 * 365)
    rows = FieldTransformer(climatology="dayofyear", scale=None).fit_transform(years.u)
    day = years.time.dt.dayofyear.values
    left = np.corrcoef(rows.mean(axis=1), np.cos(2 * np.pi * day / 365.25))[0, 1]
    assert abs(left) < 0.05


def test_weights_are_areas(currents):
    field = xr.ones_like(currents.u) * xr.DataArray(
        np.random.default_rng(0).standard_normal(60), dims="time"
    )
    rows = FieldTransformer(weights="coslat", scale=None).fit_transform(field)
    latitude = np.repeat(currents.lat.values, 6)
    ratio = np.square(rows[0] / rows[0, 0])
    cosines = np.cos(np.deg2rad(latitude))
    assert_allclose(ratio, cosines / cosines[0])
    given = np.cos(np.deg2rad(latitude)).reshape(5, 6)
    again = FieldTransformer(weights=given, scale=None).fit_transform(field)
    assert_allclose(again, rows)


def test_one_scale_keeps_the_direction_of_vectors(currents):
    stretched = currents.assign(v=3 * currents.v)
    common = FieldTransformer().fit_transform(stretched)
    assert_allclose(common.std(), 1, rtol=0.05)
    assert_allclose(
        common[:, 28:] / common[:, :28],
        (stretched.v / stretched.u).values.reshape(60, -1)[:, 2:],
    )
    own = FieldTransformer(scale="variable", climatology="mean").fit_transform(
        stretched
    )
    assert_allclose(own[:, 28:].std(), own[:, :28].std(), rtol=1e-6)


def test_components_are_those_of_pca(currents):
    rows = FieldTransformer().fit_transform(currents)
    transformer = FieldTransformer(n_components=3)
    scores = transformer.fit_transform(currents)
    expected = PCA(3).fit_transform(rows)
    assert_allclose(np.abs(scores), np.abs(expected), atol=1e-8)
    assert list(transformer.get_feature_names_out()) == ["pc0", "pc1", "pc2"]


def test_batches_give_the_same_rows(currents, monkeypatch):
    params = {"climatology": "month", "detrend": True, "weights": "coslat"}
    whole = FieldTransformer(**params).fit_transform(currents)
    monkeypatch.setattr("skvaeclust.xarray._lazy.BATCH", 400)
    again = FieldTransformer(**params).fit_transform(currents)
    assert_allclose(again, whole, atol=1e-12)


# Later data in another layout


def test_variables_dimensions_and_axes_are_reordered(currents):
    transformer = FieldTransformer(weights="coslat").fit(currents)
    rows = transformer.transform(currents)
    for other in (
        currents[["v", "u"]],
        currents.transpose("lon", "time", "lat"),
        currents.isel(lat=slice(None, None, -1), lon=slice(None, None, -1)),
        currents.assign_coords(lon=currents.lon - 360),
        currents.assign_coords(lon=(currents.lon + 180) % 360 - 180),
        currents.assign_coords(lat=currents.lat.astype(np.float32)),
        [currents.v, currents.u],
        currents.assign(other=currents.u + 1),
    ):
        assert_array_equal(transformer.transform(other), rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d.isel(lat=slice(1, None)),
            "Expected 5 points along 'lat' as in fit, got 4",
        ),
        (
            lambda d: d.assign_coords(lat=d.lat + 1),
            "'lat' differs from that of fit: expected 30.0 at point 0, got 31.0",
        ),
        (lambda d: d.drop_vars("lat"), "Expected the coordinate 'lat' as in fit"),
        (lambda d: d.drop_vars("v"), "without 'v'"),
        (lambda d: d.rename(lat="y"), "must have the dimension 'lat'"),
        (
            lambda d: d.assign(u=d.u.assign_attrs(units="cm s-1")),
            "Expected 'u' in the units 'm s-1' of fit, got 'cm s-1'",
        ),
        (
            lambda d: d.where((d.lat < 55) | (d.time != d.time[3])),
            "sample 3 at variable 'u', lat=60.0, lon=0.0",
        ),
        (lambda d: d.u.values, "must be an xarray Dataset"),
    ],
)
def test_other_grids_raise_errors(currents, change, message):
    transformer = FieldTransformer().fit(currents)
    with pytest.raises((ValueError, TypeError), match=message):
        transformer.transform(change(currents))


def test_two_dimensional_coordinates_are_compared(currents):
    lat2 = currents.lat + 0 * currents.lon
    curved = currents.assign_coords(nav_lat=lat2).drop_vars(["lat", "lon"])
    transformer = FieldTransformer(weights="coslat").fit(curved)
    assert_allclose(
        transformer.transform(curved),
        FieldTransformer(weights="coslat").fit_transform(currents),
    )
    with pytest.raises(
        ValueError, match="'nav_lat' differs from that of fit: expected"
    ):
        transformer.transform(curved.assign_coords(nav_lat=lat2 + lat2.lon * 0.1))


def test_an_unseen_season_raises_an_error(currents):
    later = currents.assign_coords(time=currents.time + np.timedelta64(150, "D"))
    with pytest.raises(ValueError, match="Month 5 is not in the fitted climatology"):
        FieldTransformer(climatology="month").fit(currents).transform(later)
    with pytest.raises(ValueError, match="at most 15 are allowed"):
        FieldTransformer(climatology="dayofyear").fit(currents).transform(later)


def test_gaps_raise_errors_or_are_filled(currents):
    with_gap = currents.copy(deep=True)
    with_gap.u[7, 2, 3] = np.nan
    with pytest.raises(
        ValueError, match=r"sample 7 at variable 'u', lat=45\.0, lon=30\.0"
    ):
        FieldTransformer().fit(with_gap)
    transformer = FieldTransformer(climatology="month", fill_missing="climatology")
    rows = transformer.fit_transform(with_gap)
    filled = transformer.inverse_transform(rows, time=with_gap.time)
    january = with_gap.u[:31, 2, 3]
    assert_allclose(filled.u[7, 2, 3], january.mean())
    whole = FieldTransformer(
        climatology="month", scale=None, fill_missing="climatology"
    )
    same = FieldTransformer(climatology="month", scale=None)
    assert_allclose(whole.fit_transform(currents), same.fit_transform(currents))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"dim": "date"}, "dim='date' is not a dimension"),
        ({"n_components": 500}, "n_components=500 must be <= 60"),
        ({"weights": np.ones(3)}, "weights must have the shape"),
        ({"weights": np.zeros((5, 6))}, "finite and > 0"),
        ({"scale": "both"}, "'scale' parameter"),
        ({"output": "fields", "n_components": 2}, "output='fields' needs"),
    ],
)
def test_bad_parameters_raise_errors(currents, params, message):
    with pytest.raises(ValueError, match=message):
        FieldTransformer(**params).fit(currents)


def test_invalid_data_raise_errors(currents):
    with pytest.raises(ValueError, match="'w' has the dimensions"):
        FieldTransformer().fit(currents.assign(w=currents.u.mean("lat")))
    with pytest.raises(ValueError, match="'u' is constant"):
        FieldTransformer().fit(0 * currents.u)
    numbers = currents.assign_coords(time=np.arange(60))
    with pytest.raises(ValueError, match="needs dates"):
        FieldTransformer(climatology="month").fit(numbers)
    with pytest.raises(ValueError, match="needs a latitude"):
        FieldTransformer(weights="coslat").fit(currents.drop_vars("lat"))
    with pytest.raises(ValueError, match="Expected data at some points"):
        FieldTransformer().fit(currents.u.where(False))


# Any shape, mask, order, dtype, calendar and unit

CALENDARS = ["standard", "noleap", "360_day", "numbers", "datetime64"]


@st.composite
def labelled_data(draw):
    """Draw a Dataset with one to three variables on a grid of one to three axes."""
    n_times = draw(st.integers(4, 12))
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    n_variables = draw(st.integers(1, 3))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    calendar = draw(st.sampled_from(CALENDARS))
    size = 10.0 ** draw(st.integers(-12, 12))
    offset = draw(st.sampled_from([0, 1, 300]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dims = ["lat", "lon", "depth"][: len(shape)]
    order = draw(st.permutations(["time", *dims]))
    if calendar == "datetime64":
        time = pd.date_range("1999-12-20", periods=n_times, freq="9D")
    elif calendar == "numbers":
        time = np.arange(n_times) * 2.5
    else:
        time = xr.date_range(
            "1999-12-20", periods=n_times, freq="9D", calendar=calendar, use_cftime=True
        )
    coords = {"time": time, "lat": np.linspace(-80, 80, shape[0])}
    if draw(st.booleans()) and len(dims) > 1:
        coords["lon"] = np.linspace(0, 300, shape[1])
    data = xr.Dataset(coords=coords)
    units = draw(st.sampled_from(["m s-1", "hPa", "1"]))
    for i in range(n_variables):
        land = rng.random(shape) < draw(st.sampled_from([0, 0.4]))
        land.flat[0] = False
        values = size * (offset + rng.standard_normal((n_times, *shape)))
        values = np.where(land, np.nan, values).astype(dtype)
        data[f"x{i}"] = (("time", *dims), values, {"units": units})
    return data.transpose(*order), calendar


@settings(
    max_examples=int(os.environ.get("SKVAECLUST_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(labelled_data(), st.data())
def test_inverse_transform_restores_any_labelled_data(drawn, choices):
    data, calendar = drawn
    dated = calendar != "numbers"
    options = [None, "mean", "month", "dayofyear"] if dated else [None, "mean"]
    transformer = FieldTransformer(
        climatology=choices.draw(st.sampled_from(options)),
        detrend=choices.draw(st.booleans()),
        weights=choices.draw(st.sampled_from([None, "coslat"])),
        scale=choices.draw(st.sampled_from([None, "common", "variable"])),
    )
    try:
        rows = transformer.fit_transform(data)
    except ValueError as error:
        # The climatology of a short record may leave rounding errors only.
        assert re.search("is constant|explained completely", str(error))  # noqa: PT017
        return
    assert np.isfinite(rows).all()
    back = transformer.inverse_transform(rows, time=data.time)
    for name in data.data_vars:
        scale = float(np.abs(data[name]).max())
        rounding = np.finfo(data[name].dtype).eps if scale else 1
        there = data[name].transpose(*back[name].dims)
        assert_allclose(back[name], there, rtol=0, atol=10 * rounding * scale)
        assert back[name].attrs == data[name].attrs
    shuffled = data.isel({d: slice(None, None, -1) for d in data.dims if d != "time"})
    aligned = [d for d in data.dims if d == "time" or d in data.coords]
    if len(aligned) == len(data.dims):
        assert_array_equal(transformer.transform(shuffled), rows)


def test_times_of_inverse_transform(currents):
    transformer = FieldTransformer(climatology="month").fit(currents)
    rows = transformer.transform(currents)
    marked = currents.assign_coords(run=("time", np.arange(60)), height=2.0)
    back = transformer.inverse_transform(rows, time=marked.time)
    xr.testing.assert_allclose(back, marked)
    for time in (currents.time.values, currents.indexes["time"], [*currents.time.data]):
        back = transformer.inverse_transform(rows, time=time, dim="time")
        xr.testing.assert_allclose(back, currents.drop_vars("kind"))
    starts = xr.DataArray(currents.time.values.reshape(6, 10), dims=["start", "lead"])
    back = transformer.inverse_transform(rows, time=starts)
    assert back.u.dims == ("start", "lead", "lat", "lon")
    assert_allclose(back.u[2, 3], currents.u[23])
    with pytest.raises(ValueError, match="one value per row of X, 60, got 59"):
        transformer.inverse_transform(rows, time=currents.time[1:])
