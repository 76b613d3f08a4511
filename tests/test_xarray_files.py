"""Tests of results that are written to files: names, attributes and coordinates."""

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans

import skvaeclust
from skvaeclust.xarray import FieldClustering, make_writable


@pytest.fixture(scope="module")
def data(currents):
    return currents.drop_vars("kind")


def fit(X, **params):
    return FieldClustering(KMeans(2, n_init=1, random_state=0), **params).fit(X)


def through_a_file(results, folder, engine="netcdf4"):
    """Write a Dataset and read it."""
    if engine == "zarr":
        results.to_zarr(folder / "results.zarr", consolidated=False)
        return xr.open_zarr(folder / "results.zarr", consolidated=False).load()
    results.to_netcdf(folder / "results.nc", engine=engine)
    with xr.open_dataset(folder / "results.nc", engine=engine) as found:
        return found.load()


NAMES = ["label", "position", "score", "fraction", "probability", "representative"]


@pytest.mark.parametrize("name", [*NAMES, "cluster", "component", "u_mean"])
@pytest.mark.parametrize("dims", [(), ("time",), ("lat", "lon")])
def test_coordinates_with_names_of_results(data, name, dims, tmp_path):
    values = np.arange(np.prod([data.sizes[d] for d in dims], dtype=int), dtype=float)
    values = values.reshape([data.sizes[d] for d in dims])
    clash = data.assign_coords({name: (dims, values)})
    if name == "u_mean":
        results = fit(clash).to_dataset(clash)
    else:
        with pytest.warns(UserWarning, match=f"The results use the names.*{name}"):
            model = fit(clash)
        with pytest.warns(UserWarning, match="The results use the names"):
            results = model.to_dataset(clash)
    found = through_a_file(results, tmp_path)
    assert_array_equal(found[f"{name}_of_data"], values)
    plain = fit(data).to_dataset(data)
    for other in plain.data_vars:
        assert_array_equal(found[other], plain[other])


@pytest.mark.filterwarnings("ignore:The results use the names")
@pytest.mark.parametrize("name", [*NAMES, "cluster", "component"])
def test_dimensions_and_variables_with_names_of_results(data, name, tmp_path):
    model = fit(data.rename(lat=name))
    results = through_a_file(model.to_dataset(data.rename(lat=name)), tmp_path)
    assert results.u_mean.dims == ("cluster", f"{name}_of_data", "lon")
    model = fit(data.rename(u=name))
    through_a_file(model.to_dataset(data.rename(u=name)), tmp_path)
    assert_array_equal(model.predict(data.rename(u=name)), model.labels_)
    with pytest.raises(ValueError, match=f"dim='{name}' is a name of the results"):
        fit(data.rename(time=name), dim=name)


@pytest.mark.parametrize("engine", ["netcdf4", "zarr"])
def test_attributes_of_any_type(data, engine, tmp_path):
    attrs = {
        "flag": True,
        "flags": np.array([True, False]),
        "none": None,
        "bytes": b"text",
        "nested": {"a": [1, 2]},
        "date": pd.Timestamp("2001-01-01"),
        "numbers": [1, 2.5],
        "names": ["a", "b"],
        "one": np.bool_(True),
        "table": np.ones((2, 2)),
        "empty": "",
    }
    odd = data.assign(u=data.u.assign_attrs(attrs))
    odd = odd.assign_coords(lat=odd.lat.assign_attrs(attrs))
    odd.time.attrs |= attrs | {"units": "days"}
    found = through_a_file(fit(odd).to_dataset(odd), tmp_path, engine)
    for variable in (found.u_mean, found.lat, found.time):
        assert (variable.flag, variable.one, variable.attrs["bytes"]) == (1, 1, "text")
        assert variable.date == '"2001-01-01 00:00:00"'
        assert variable.nested == '{"a": [1, 2]}'
        assert_array_equal(variable.numbers, [1, 2.5])
    through_a_file(fit(odd).cluster_means_.drop_vars([]), tmp_path / "..")


TIMES = {
    "time zone": pd.date_range("2001-01-01", periods=60, tz="Europe/Oslo"),
    "period": pd.period_range("2001-01-01", periods=60, freq="M"),
    "nanoseconds": pd.date_range("2001-01-01 00:00:00.000000001", periods=60),
    "seconds": pd.date_range("2001-01-01", periods=60, freq="7s").as_unit("s"),
    "cftime": [cftime.DatetimeNoLeap(2001, 2, 1, 0, 0, i) for i in range(60)],
    "text": [f"event {i}" for i in range(60)],
    "object": np.array([f"event {i}" for i in range(60)], dtype=object),
    "bytes": np.array([f"{i:02d}" for i in range(60)], "S8"),
    "timedelta": pd.to_timedelta(np.arange(60), "h"),
    "bool": np.arange(60) % 2 == 0,
    "category": pd.CategoricalIndex(list("abcde") * 12),
    "interval": pd.IntervalIndex.from_breaks(np.arange(61)),
}


@pytest.mark.parametrize("kind", TIMES)
@pytest.mark.parametrize("engine", ["netcdf4", "zarr"])
@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
@pytest.mark.filterwarnings("ignore:The data type")
def test_coordinates_of_any_type_are_written(data, kind, engine, tmp_path):
    other = data.assign_coords(time=TIMES[kind])
    model = fit(other)
    assert model.labels_.indexes["time"].equals(other.indexes["time"])
    found = through_a_file(model.to_dataset(other), tmp_path, engine)
    if kind == "time zone":
        expected = other.indexes["time"].tz_convert(None)
    elif kind == "period":
        expected = other.indexes["time"].to_timestamp()
    elif kind in ("category", "interval"):
        expected = np.asarray(other.time.values).astype(str)
    else:
        expected = other.time.values
    assert_array_equal(found.time.values, expected)


def test_multi_indexes_are_written_as_their_levels(data, tmp_path):
    points = data.stack(point=("lat", "lon"))
    points = points.assign_coords(
        xr.Coordinates.from_pandas_multiindex(
            pd.MultiIndex.from_product([range(6), range(10)], names=["year", "day"]),
            "time",
        )
    )
    found = through_a_file(fit(points).to_dataset(points), tmp_path)
    assert_array_equal(found.lat, points.lat)
    assert_array_equal(found.year, points.year)


def test_encodings_of_the_file_that_was_read_are_dropped(data, tmp_path):
    data = data.copy(deep=True)
    data.lat.encoding = {"dtype": "int16", "scale_factor": 1.0}
    data.time.encoding = {"units": "days since 2001-01-01", "dtype": "int32"}
    data = data.assign_coords(
        lat=data.lat + 0.25, time=data.time + np.timedelta64(90, "m")
    )
    found = through_a_file(fit(data).to_dataset(data), tmp_path)
    assert_array_equal(found.lat, data.lat)
    assert_array_equal(found.time, data.time)


@pytest.mark.parametrize(
    ("members", "none"),
    [
        (["first", "second", "third"], ""),
        (np.array(["first", "second", "third"], dtype=object), ""),
        ([10, 20, 30], -1),
        (np.float32([0.5, 1.5, 2.5]), -1),
        (None, -1),
    ],
)
def test_forecasts_of_named_members(data, members, none, tmp_path):
    model = fit(data)
    ensemble = xr.concat([data, data.roll(time=1), data.roll(time=2)], "member")
    if members is not None:
        ensemble = ensemble.assign_coords(member=members)
    forecast = model.forecast(ensemble)
    found = through_a_file(forecast, tmp_path)
    xr.testing.assert_equal(found, forecast)
    names = np.arange(3) if members is None else np.asarray(members)
    for k in range(2):
        for day in range(0, 60, 10):
            own = np.flatnonzero(forecast.label.values[:, day] == k)
            chosen = forecast.representative.sel(cluster=k).values[day]
            assert chosen in names[own] if len(own) else chosen == none


@pytest.mark.parametrize("kind", ["zone", "period", "levels"])
def test_any_result_can_be_made_writable(data, kind, tmp_path):
    days = pd.date_range("2001-01-01", periods=60)
    times = {
        "zone": days.tz_localize("Asia/Tokyo"),
        "period": days.to_period("D"),
        "levels": pd.MultiIndex.from_arrays([days.year, days], names=["year", "day"]),
    }
    coords = xr.Coordinates.from_pandas_multiindex(times["levels"], "time")
    fields = data.drop_vars("time")
    if kind == "levels":
        fields = fields.assign_coords(coords)
    else:
        fields = fields.assign_coords(time=times[kind])
    model = fit(fields)
    for result in (model.labels_, model.predict(fields), model.cluster_means_):
        plain = make_writable(result)
        assert type(plain) is type(result)
        plain.to_netcdf(tmp_path / "result.nc")
        with xr.open_dataset(tmp_path / "result.nc") as found:
            name = "label" if isinstance(result, xr.DataArray) else "u"
            assert_array_equal(found[name], result if name == "label" else result.u)
    points = fit(data.stack(point=["lat", "lon"])).cluster_centers_
    make_writable(points).to_netcdf(tmp_path / "points.nc")
    unnamed = make_writable(model.labels_.rename("a/b"))
    assert unnamed.name == "a_b"


def test_text_of_any_length(data, tmp_path):
    cases = np.array([f"case {i}" for i in range(60)], np.dtypes.StringDType())
    fields = data.drop_vars("time").assign_coords(time=cases)
    model = fit(fields)
    assert_array_equal(model.labels_.time, cases)
    through_a_file(model.to_dataset(fields), tmp_path)
    skvaeclust.save(model, tmp_path / "model.skv")
    loaded = skvaeclust.load(tmp_path / "model.skv")
    assert_array_equal(loaded.labels_.time.values.astype(object), cases.astype(object))
    members = xr.concat([data, data.shift(time=1)], pd.Index(["a", "b"], name="member"))
    forecast = fit(data).forecast(members.isel(time=slice(1, None)))
    assert {*np.unique(forecast.representative)} == {"", "a", "b"}
    stations = fit(members.isel(time=slice(1, None)))  # members on the grid
    assert stations.cluster_means_.u.dims == ("cluster", "member", "lat", "lon")


def test_only_labelled_results_are_made_writable():
    with pytest.raises(
        TypeError, match="results must be a DataArray or a Dataset, got nd"
    ):
        make_writable(np.ones(3))
