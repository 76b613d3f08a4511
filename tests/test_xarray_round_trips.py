"""Tests that all results of labelled fields are written and read as they were."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skvaeclust.composites import cluster_means
from skvaeclust.xarray import FieldClustering

pytestmark = [
    pytest.mark.filterwarnings("ignore:The data type .* Zarr V3 specification"),
    pytest.mark.filterwarnings("ignore:Integers without units"),
]
CALENDARS = ["noleap", "360_day", "julian", "all_leap"]
SAMPLES = ["date", "second", "odd date", "text", "number", "lead", "none", *CALENDARS]
VARIABLES = ["tos", "température", "10m wind", "u-10", "label", "score", "mean", "a.b"]
DIMS = ["lat", "lon", "depth", "y", "x", "sample", "ncells", "longitude", "niveau"]
ATTRS = {
    "units": "K",
    "long_name": "température",
    "flag": True,
    "off": np.False_,
    "nothing": None,
    "number": np.float32(1.5),
    "integer": np.int64(3),
    "list": [1.0, 2.0],
    "range": np.array([-1, 1], "i2"),
    "mixed": [1, "a"],
    "texts": ["a", "b"],
    "nested": {"a": 1},
    "empty": "",
    "coordinates": "lat lon",
    "_FillValue": np.float32(1e20),
    "missing_value": -999.0,
    "scale_factor": 0.1,
    "dtype": "int16",
    "grid_mapping": "crs",
    "bounds": "b",
    "date": np.datetime64("2000-01-01"),
}
MEMBERS = [
    ["ctl", "pf1"],
    [0, 1],
    np.array([1, 2], "u1"),
    [False, True],
    np.array(["2000-01-01", "2000-01-02"], "M8[ns]"),
    None,
]
SCALARS = {
    "height": 2.0,
    "run": "r1i1p1f1",
    "init": np.datetime64("2000-01-01", "ns"),
    "step": np.timedelta64(6, "h").astype("m8[ns]"),
    "valid": True,
    "realization": np.int8(3),
    "nothing": np.nan,
}


def sample_values(kind, n):
    """Make the coordinate of n samples of a kind."""
    if kind == "none":
        return None
    if kind == "text":
        return np.array([f"événement {i}" for i in range(n)])
    if kind == "number":
        return 2.5 * np.arange(n)
    if kind == "lead":
        return np.arange(n) * np.timedelta64(6, "h").astype("m8[ns]")
    if kind == "date":
        return pd.date_range("1999-12-20", periods=n, freq="9D").values
    if kind == "second":
        return pd.date_range("2000-12-20", periods=n, freq="9D", unit="s").values
    if kind == "odd date":
        return np.datetime64("2000-01-01T00:00:00.123456789") + 9_000_000_001 * (
            np.arange(n).astype("m8[ns]")
        )
    return xr.date_range(
        "1999-12-20 12:30", periods=n, freq="9D", calendar=kind, use_cftime=True
    ).values


def attributes(draw):
    """Draw some attributes."""
    names = draw(st.lists(st.sampled_from([*ATTRS]), max_size=4, unique=True))
    return {name: ATTRS[name] for name in names}


@st.composite
def labelled_samples(draw):
    """Draw a Dataset of two patterns and the name of its sample dimension."""
    n = draw(st.integers(6, 10))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dims = draw(st.lists(st.sampled_from(DIMS), min_size=1, max_size=3, unique=True))
    shape = [draw(st.integers(1, 3)) for _ in dims]
    dim = draw(st.sampled_from(["time", "forecast_reference_time", "événement"]))
    order = draw(st.permutations([dim, *dims]))
    names = draw(
        st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=2, unique=True)
    )
    dtype = draw(st.sampled_from([np.float32, np.float64, np.int16]))
    kinds = np.where(np.arange(n) % 2, 30, -30).reshape(-1, *[1] * len(shape))
    data = xr.Dataset(coords=draw_coords(draw, dim, n, dims, shape))
    for name in names:
        values = (kinds + rng.normal(0, 5, (n, *shape))).astype(dtype)
        if dtype != np.int16 and values[0].size > 1 and draw(st.booleans()):
            values[(slice(None), *[0] * len(shape))] = np.nan
        data[name] = ((dim, *dims), values, attributes(draw))
        if dtype == np.int16:  # packed values are refused
            data[name].attrs.pop("scale_factor", None)
    if draw(st.booleans()):
        data = data.chunk({dim: draw(st.integers(1, n))})
    return data.transpose(*order), dim


def draw_coords(draw, dim, n, dims, shape):
    """Draw coordinates of samples and of the grid, scalar ones and auxiliary ones."""
    coords = {}
    values = sample_values(draw(st.sampled_from(SAMPLES)), n)
    if values is not None:
        coords[dim] = (dim, values, {"long_name": "time of the sample"})
    for name, size in zip(dims, shape, strict=True):
        kind = draw(st.sampled_from(["number", "text", "none"]))
        if kind != "none":
            axis = 10.0 * np.arange(size)
            axis = axis if kind == "number" else np.array([f"p{i}" for i in axis])
            coords[name] = (name, axis, {"long_name": name})
    for name in draw(st.lists(st.sampled_from([*SCALARS]), max_size=3, unique=True)):
        coords[name] = ((), SCALARS[name])
    if draw(st.booleans()):
        coords["season"] = (dim, np.array(["DJF", "MAM"])[np.arange(n) % 2])
    if draw(st.booleans()):
        coords["is_good"] = (dim, np.arange(n) % 3 == 0)
    if len(dims) > 1 and draw(st.booleans()):
        coords["nav_lat"] = (dims[:2], np.full(shape[:2], 45.0), {"units": "degrees"})
    coords = xr.Dataset(coords=coords).coords
    for name in [name for name in coords if draw(st.booleans())]:
        is_time = coords[name].dtype.kind in "MO"
        if is_time and draw(st.booleans()):
            coords[name].attrs |= {
                "units": "days since 1900-01-01",
                "calendar": "julian",
            }
        elif is_time:
            stored = {"units": "days since 2000-01-01", "dtype": np.dtype("int32")}
            coords[name].encoding = stored
        else:
            coords[name].encoding = {"_FillValue": None, "zlib": True, "foo": "bar"}
    return coords


def results_of(model, data, dim, members):
    """Return everything that a fitted model gives, by name."""
    results = {
        "labels_": model.labels_,
        "cluster_centers_": model.cluster_centers_,
        "cluster_means_": model.cluster_means_,
        "to_dataset()": model.to_dataset(),
        "to_dataset(X)": model.to_dataset(data),
    }
    for name in ("predict", "predict_proba", "transform", "score_samples"):
        if hasattr(model, name):
            results[name] = getattr(model, name)(data)
    results["composites"] = cluster_means(data.drop_encoding(), model.labels_)
    ensemble = xr.concat([data, data], "member")
    if members is not None:
        ensemble = ensemble.assign_coords(member=members)
    results["forecast"] = model.forecast(ensemble, "member")
    transformer = model.transformer_
    rows = transformer.transform(data)
    results["inverse_transform"] = transformer.inverse_transform(rows, dim="point")
    if dim in data.coords:
        results["fields"] = transformer.inverse_transform(rows, time=data[dim])
    return results


def assert_restored(back, result):
    """Check that values, types of text and dates, coordinates and attributes agree."""
    xr.testing.assert_equal(back, result)
    arrays = [(back, result)]
    if isinstance(result, xr.Dataset):
        arrays += [(back[name], result[name]) for name in result.data_vars]
    arrays += [(back[name], result[name]) for name in result.coords]
    for read, written in arrays:
        assert {*read.attrs} == {*written.attrs}, (read.attrs, written.attrs)
        for name, value in written.attrs.items():
            assert_array_equal(read.attrs[name], value)
    for name, coord in result.coords.items():
        kinds = {array.dtype.kind.replace("O", "U") for array in (back[name], coord)}
        assert len(kinds) == 1, (name, kinds)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("round_trips")


@settings(
    max_examples=int(os.environ.get("SKVAECLUST_EXAMPLES", "15")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(labelled_samples(), st.data())
def test_all_results_are_restored(folder, drawn, choices):
    data, dim = drawn
    clusterer = choices.draw(
        st.sampled_from(
            [
                KMeans(2, n_init=1, random_state=0),
                GaussianMixture(2, reg_covar=1.0, random_state=0),
            ]
        )
    )
    climatology = choices.draw(st.sampled_from([None, "mean"]))
    model = FieldClustering(clusterer, dim=dim, climatology=climatology)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(data)
    members = choices.draw(st.sampled_from(MEMBERS))
    for name, result in results_of(model, data, dim, members).items():
        engine = choices.draw(st.sampled_from(["netcdf4", "zarr"]))
        back = written_and_read(result, folder, engine)
        try:
            assert_restored(back, result)
        except AssertionError as error:
            raise AssertionError(f"{name} by {engine}: {error}") from error


def written_and_read(result, folder, engine):
    """Write a result and read it."""
    is_array = isinstance(result, xr.DataArray)
    if engine == "zarr":
        path = folder / "result.zarr"
        dataset = result.to_dataset() if is_array else result
        dataset.to_zarr(path, mode="w", consolidated=False)
        back = xr.open_zarr(path, consolidated=False).load()
    else:
        path = folder / "result.nc"
        result.to_netcdf(path, engine="netcdf4")
        with xr.open_dataset(path, engine="netcdf4") as file:
            back = file.load()
    return back[result.name] if is_array else back
