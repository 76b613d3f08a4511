"""Tests of the North Atlantic pressure and of its geostrophic wind."""

import sys

import cf_xarray  # noqa: F401  (registers the accessor ``cf``)
import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils._param_validation import InvalidParameterError

from skvaeclust.datasets import load_north_atlantic_slp
from skvaeclust.datasets._geostrophic_wind import geostrophic_wind


def test_slp_pressure():
    slp = load_north_atlantic_slp()
    assert slp.data.shape == (902, 1, 17, 33)
    assert_array_equal(slp.data[:, 0], slp.pressure)
    assert slp.pressure.dtype == np.float64
    assert slp.pressure.min() == 939.55
    assert slp.pressure.max() == 1065.57
    assert slp.feature_names == ["sea_level_pressure"]
    assert "NCEP-NCAR Reanalysis 1 data provided by the NOAA PSL" in slp.DESCR


def test_slp_coordinates():
    slp = load_north_atlantic_slp()
    assert_array_equal(slp.latitude, np.arange(30, 70.1, 2.5))
    assert_array_equal(slp.longitude, np.arange(-70, 10.1, 2.5))
    assert slp.time.dtype == np.dtype("datetime64[D]")
    assert slp.time[0] == np.datetime64("2001-01-01")
    assert slp.time[-1] == np.datetime64("2010-12-31")
    assert np.all(np.diff(slp.time) > np.timedelta64(0, "D"))
    month = slp.time.astype("datetime64[M]").astype(int) % 12 + 1
    assert set(month) == {12, 1, 2}


def test_slp_wind():
    slp = load_north_atlantic_slp(geostrophic_wind=True)
    assert slp.data.shape == (902, 2, 17, 33)
    assert len(slp.feature_names) == 2
    assert_array_equal(
        slp.data, geostrophic_wind(slp.pressure, slp.latitude, slp.longitude)
    )
    # Westerlies on the mean of the winters, in the middle of the domain.
    assert slp.data[:, 0, 8, 16].mean() > 2


def test_slp_is_a_copy_at_each_call():
    first = load_north_atlantic_slp()
    first.data[:] = 0
    assert first.pressure.min() > 0
    first.pressure[:] = 0
    assert load_north_atlantic_slp().data.min() == 939.55


@pytest.mark.parametrize("wind", [False, True])
def test_slp_as_xarray(wind, tmp_path):
    slp = load_north_atlantic_slp(geostrophic_wind=wind)
    data = load_north_atlantic_slp(geostrophic_wind=wind, as_xarray=True)
    assert [*data] == (["u", "v"] if wind else ["slp"])
    for i, variable in enumerate(data.data_vars.values()):
        assert variable.dims == ("time", "lat", "lon")
        assert_array_equal(variable, slp.data[:, i])
        assert variable.units == ("m s-1" if wind else "hPa")
        assert {"long_name", "standard_name"} <= {*variable.attrs}
    assert_array_equal(data.time, slp.time)
    assert_array_equal(data.lat, slp.latitude)
    assert_array_equal(data.lon, slp.longitude)
    assert {"latitude", "longitude", "time"} <= {*data.cf.coordinates}
    assert "provided by the NOAA PSL" in data.source
    data.to_netcdf(tmp_path / "slp.nc")
    xr.testing.assert_identical(xr.open_dataset(tmp_path / "slp.nc").load(), data)


def test_slp_as_xarray_needs_xarray(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"as_xarray=True needs xarray: pip install"):
        load_north_atlantic_slp(as_xarray=True)


def test_slp_bad_parameter():
    with pytest.raises(InvalidParameterError, match=r"'geostrophic_wind'.*'wind'"):
        load_north_atlantic_slp(geostrophic_wind="wind")


def test_geostrophic_wind_of_an_analytic_field():
    # p = 1000 + A sin(phi) cos(lambda), hPa, has
    # u = -A cos(phi) cos(lambda) / (rho f a), v = -A tan(phi) sin(lambda) / (rho f a).
    amplitude = 30.0
    latitude, longitude = np.arange(30, 70.1, 0.5), np.arange(-70, 10.1, 0.5)
    phi, lam = np.deg2rad(latitude)[:, None], np.deg2rad(longitude)
    rho_f_a = 1.225 * 2 * 7.2921e-5 * np.sin(phi) * 6.371e6
    pressure = 1000 + amplitude * np.sin(phi) * np.cos(lam)
    expected = (100 * amplitude / rho_f_a) * np.stack(
        [-np.cos(phi) * np.cos(lam), -np.tan(phi) * np.sin(lam)]
    )
    wind = geostrophic_wind(pressure, latitude, longitude)
    assert_allclose(wind, expected, atol=1e-3 * np.abs(expected).max())
    # The order of the latitudes does not matter, nor do leading axes.
    flipped = geostrophic_wind(pressure[None, ::-1], latitude[::-1], longitude)
    assert_allclose(flipped[0], wind[:, ::-1], rtol=1e-10, atol=1e-12)
