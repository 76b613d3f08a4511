"""Tests of scale="season": the annual cycle of the amplitude of anomalies."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from skvaeclust.xarray import FieldTransformer
from skvaeclust.xarray._surrogates import restore

DAYS = pd.date_range("1990-01-01", "2009-12-31")
PHASE = 2 * np.pi * (DAYS.day_of_year.to_numpy() - 1) / 365.25


def make_fields(amplitude, noise):
    """Return fields with a given amplitude on every day; their area mean of x² is 1."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((len(DAYS), 3, 4))
    lat = np.array([20.0, 40, 60])
    area = np.cos(np.deg2rad(lat))[:, None] * np.ones(4)
    area /= area.sum()
    if not noise:
        x /= np.sqrt((x**2 * area).sum(axis=(1, 2), keepdims=True))
    coords = {"time": DAYS, "lat": lat, "lon": np.arange(4.0)}
    values = amplitude[:, None, None] * x
    return xr.DataArray(values, coords, name="z", attrs={"units": "m"})


def test_the_cycle_is_that_of_the_amplitude():
    amplitude = 50 + 20 * np.cos(PHASE) + 5 * np.sin(2 * PHASE)
    z = make_fields(amplitude, noise=False)
    mirrored = xr.concat([z, -z], "time")  # no mean on any day: the climatology is 0
    transformer = FieldTransformer(climatology="dayofyear", scale="season")
    transformer.set_params(weights="coslat").fit(mirrored)
    rows = transformer.transform(z)
    assert_allclose((rows**2).mean(axis=1), 1)
    assert_allclose(transformer.scale_, amplitude.mean())
    back = transformer.inverse_transform(rows, time=z.time)
    assert_allclose(back.z, z)
    one = transformer.inverse_transform(np.ones((1, 12)))  # at the mean amplitude
    expected = amplitude.mean() / transformer.point_weights_
    assert_allclose(one.z.values.ravel(), expected, atol=1e-10)


def test_months_have_equal_variance():
    z = make_fields(50 + 30 * np.cos(PHASE), noise=True)
    params = {"climatology": "dayofyear", "weights": "coslat"}
    ratios = []
    for scale in ("common", "season"):
        rows = FieldTransformer(scale=scale, **params).fit_transform(z)
        months = pd.Series((rows**2).mean(axis=1)).groupby(DAYS.month).mean()
        ratios.append(months.max() / months.min())
    assert ratios[0] > 10
    assert ratios[1] < 1.05


def test_the_amplitude_has_a_floor():
    z = make_fields(1 + np.cos(PHASE), noise=False)
    mirrored = xr.concat([z, -z], "time")
    transformer = FieldTransformer(climatology="mean", scale="season").fit(mirrored)
    rows = transformer.transform(z)
    cycle = z.values.reshape(len(z), -1) / rows  # one number a day
    assert_allclose(cycle.min(), 0.1 * transformer.scale_[0], rtol=1e-6)


def test_a_season_needs_anomalies_and_dates():
    z = make_fields(np.ones(len(DAYS)), noise=True)
    with pytest.raises(ValueError, match=r"scale='season' .* needs a climatology"):
        FieldTransformer(scale="season").fit(z)
    season = FieldTransformer(scale="season", climatology="mean")
    with pytest.raises(ValueError, match="scale='season' needs a coordinate"):
        season.fit(z.drop_vars("time"))
    winter = z.sel(time=z.time.dt.month.isin([12, 1, 2]))
    with pytest.raises(ValueError, match="days from the fitted climatology"):
        season.fit(winter).transform(z)
    both = xr.Dataset({"z": z, "q": z.assign_attrs(units="kg kg-1")})
    with pytest.raises(ValueError, match=r"scale='season' divides .* 'kg kg-1'"):
        season.fit(both)


def test_surrogates_have_the_annual_cycle():
    z = make_fields(50 + 30 * np.cos(PHASE), noise=True)
    transformer = FieldTransformer(climatology="mean", scale="season").fit(z)
    rows = np.asarray(transformer.transform(z))
    xr.testing.assert_allclose(restore(transformer, rows, transformer.align(z)).z, z)
