"""Tests of coordinates that are found by the CF conventions or by their names."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust._coordinates._metadata import find_coords
from skvaeclust.xarray import FieldClustering, FieldTransformer


@pytest.mark.parametrize(
    "attrs",
    [
        {"standard_name": "latitude"},
        {"units": "degrees_north"},
        {"units": "degree_N"},
        {"_CoordinateAxisType": "Lat"},
    ],
)
def test_latitude_is_found_by_its_attributes(currents, attrs):
    named = currents.rename(lat="a").assign_coords(a=("a", currents.lat.data, attrs))
    rows = FieldTransformer(weights="coslat").fit_transform(named)
    expected = FieldTransformer(weights="coslat").fit_transform(currents)
    assert_array_equal(rows, expected)


@pytest.mark.parametrize("name", ["lat", "latitude", "LAT", "nav_lat"])
def test_latitude_without_attributes_is_found_by_its_name(currents, name):
    bare = currents.drop_attrs().rename(lat="a").rename(a=name)
    assert find_coords(bare, "latitude", bare.u.dims) == [name]
    assert find_coords(bare, "longitude", bare.u.dims) == ["lon"]


def test_attributes_precede_names(currents):
    data = currents.assign_coords(late=("lon", np.arange(6.0)))
    assert find_coords(data, "latitude", ["lat", "lon"]) == ["lat"]


def test_true_latitude_precedes_a_nominal_axis(currents, tmp_path):
    """Files of curvilinear grids have both, listed in an attribute of each variable."""
    true = (currents.lat + 0.1 * currents.lon).assign_attrs(units="degrees_north")
    data = currents.assign_coords(geolat=true, scalar=1.0)
    data.to_netcdf(tmp_path / "curvilinear.nc")
    with xr.open_dataset(tmp_path / "curvilinear.nc") as read:
        assert find_coords(read, "latitude", ["lat", "lon"]) == ["geolat", "lat"]
        transformer = FieldTransformer(weights="coslat").fit(read)
    assert_allclose(transformer.grid_.latitude(), true)


def test_bounds_are_not_fields(currents):
    bounds = xr.DataArray(np.zeros((60, 5, 6, 2)), dims=["time", "lat", "lon", "nv"])
    data = currents.assign(u_bounds=bounds, t_bounds=bounds[:, 0, 0])
    data.u.attrs["bounds"] = "u_bounds"
    data.time.attrs["bounds"] = "t_bounds"
    assert FieldTransformer().fit(data).grid_.variables == ["u", "v"]


@pytest.mark.parametrize("name", ["valid_time", "date"])
def test_time_of_a_forecast(currents, name):
    """A coordinate of two dimensions that is a time by CF is that of the samples."""
    model = FieldClustering(KMeans(2, n_init=3, random_state=0), climatology="month")
    model.fit(currents)
    days = currents.drop_vars("kind").isel(time=slice(20, 40))
    attrs = {} if name == "valid_time" else {"standard_name": "time"}
    index = np.arange(20).reshape(4, 5)
    runs = days.isel(time=xr.DataArray(index, dims=["run", "step"])).drop_vars("time")
    runs = runs.assign_coords({name: (("run", "step"), days.time.data[index], attrs)})
    runs = runs.rename(run="time").assign_coords(time=days.time.data[::5])
    runs.time.attrs["standard_name"] = "time"
    labels = model.predict(runs)
    assert_array_equal(labels, model.labels_.values[20:40].reshape(4, 5))


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("dtype", [int, float, np.float32])
def test_numbers_of_rows_are_no_latitudes(currents, start, dtype):
    rows = (start + np.arange(5)).astype(dtype)
    numbered = currents.assign_coords(lat=("lat", rows))
    with pytest.raises(ValueError, match=rf"values {start}, {start + 1}, ... may be"):
        FieldTransformer(weights="coslat").fit(numbered)
    located = numbered.assign_coords(lat=("lat", rows, {"units": "degrees_north"}))
    FieldTransformer(weights="coslat").fit(located)
    FieldTransformer().fit(numbered)
    half = currents.assign_coords(lat=("lat", start + 0.5 * np.arange(5)))
    FieldTransformer(weights="coslat").fit(half)


def test_codes_and_uncertainties_are_no_fields(currents):
    attrs = {
        "qt": {"long_name": "SEA SURFACE TEMPERATURE QUALITY", "units": " "},
        "st": {"long_name": "WIND SOURCE"},
        "err": {"standard_name": "eastward_velocity standard_error", "units": "m s-1"},
        "u_uncertainty": {"units": "m s-1"},
        "err_sla": {"long_name": "Formal mapping error", "units": "m s-1"},
    }
    for name, own in attrs.items():
        both = currents.assign({name: currents.u.assign_attrs(long_name="").copy()})
        both[name].attrs = own
        with pytest.raises(ValueError, match=f"{name!r} holds flags, counts or"):
            FieldTransformer().fit(both)
    whole = currents.u.fillna(0).astype("i4").drop_attrs()
    with pytest.raises(ValueError, match=r"'wet' holds flags, .* by its .* type"):
        FieldTransformer().fit(currents.assign(wet=whole))
    FieldTransformer().fit(currents.assign(wet=whole.assign_attrs(units="m s-1")))
    alternating = xr.where(currents.kind, 1, -1) * xr.ones_like(whole)
    with pytest.warns(UserWarning, match="Integers without units .*'a', 'b'"):
        FieldTransformer().fit(xr.Dataset({"a": alternating, "b": alternating}))
    FieldTransformer().fit(alternating.rename("a"))
    heat = {"long_name": "apparent heat source", "units": "m s-1"}
    FieldTransformer().fit(currents.assign(q1=currents.u.assign_attrs(heat)))


@pytest.mark.parametrize(
    "latitudes", [[0.5, 0.6, 0.7, 0.8, 0.9], [-1.5, -1, 0, 1, 1.5]]
)
def test_latitudes_that_may_be_radians_need_units(currents, latitudes):
    bare = currents.assign_coords(lat=("lat", latitudes))
    with pytest.raises(ValueError, match="may be radians"):
        FieldTransformer(weights="coslat").fit(bare)
    for units in ("radians", "degrees_north"):
        known = bare.assign_coords(lat=("lat", latitudes, {"units": units}))
        FieldTransformer(weights="coslat").fit(known)
