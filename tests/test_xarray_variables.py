"""Tests of variables and coordinates: which are fields, how they come back."""

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from skvaeclust import load, save
from skvaeclust.inspection import ClusterMapsDisplay
from skvaeclust.xarray import FieldClustering, FieldTransformer


@pytest.fixture(scope="module")
def data(currents):
    return currents.drop_vars("kind")


def kmeans():
    return KMeans(2, n_init=1, random_state=0)


# Variables


@pytest.mark.parametrize("dtype", ["m8[s]", "M8[s]", object, complex, bool, "U8", "S8"])
def test_variables_that_are_not_numbers_raise_errors(data, dtype):
    values = np.ones((60, 5, 6)).astype(dtype)
    other = data.assign(period=(data.u.dims, values))
    with pytest.raises(ValueError, match=r"'period' of type .* data\[\['u', 'v'\]\]"):
        FieldTransformer().fit(other)
    with pytest.raises(ValueError, match="'period' of type"):
        FieldTransformer().fit(other.period)


@pytest.mark.parametrize(
    "attrs",
    [
        {"flag_values": [0, 1]},
        {"flag_meanings": "good bad"},
        {"flag_masks": np.int8([1, 2])},
        {"standard_name": "sea_surface_temperature status_flag"},
        {"standard_name": "number_of_observations"},
        {"units": "count"},
    ],
)
def test_flags_and_counts_are_fields_only_if_chosen(data, attrs):
    flags = (data.u > 0).astype("i1").assign_attrs(attrs).rename("quality")
    if "flag" not in str(attrs):
        flags = flags.astype(float)  # as xarray reads integers with a fill value
    with pytest.raises(ValueError, match=r"'quality' holds flags, counts or"):
        FieldTransformer().fit(data.assign(quality=flags))
    assert FieldTransformer().fit(flags).grid_.variables == ["quality"]
    chosen = [data.u.assign_attrs(units="1"), flags.assign_attrs(units="1")]
    transformer = FieldTransformer().fit(chosen)
    assert transformer.grid_.variables == ["u", "quality"]
    transformer = FieldTransformer().fit(data)
    transformer.transform(data.assign(quality=flags))


def test_bounds_without_the_attribute_are_not_fields(data):
    bounds = xr.DataArray(np.zeros((60, 2)), dims=["time", "bnds"])
    with_bounds = data.assign(time_bnds=bounds, lower_bound=data.u)
    assert FieldTransformer().fit(with_bounds).grid_.variables == [
        *("u", "v", "lower_bound"),
    ]


def test_latitudes_among_the_variables_are_coordinates(data):
    lat2, lon2 = xr.broadcast(data.lat, data.lon)
    bare = data.drop_vars(["lat", "lon"]).rename(lat="y", lon="x")
    lat, lon = (
        (("time", "y", "x"), np.broadcast_to(values, (60, 5, 6)), {"units": units})
        for values, units in ((lat2, "degree_north"), (lon2, "degree_east"))
    )
    model = FieldClustering(kmeans(), weights="coslat").fit(
        bare.assign(XLAT=lat, XLONG=lon)
    )
    assert model.transformer_.grid_.variables == ["u", "v"]
    assert_allclose(model.cluster_means_.XLAT, lat2)
    rows = FieldTransformer(weights="coslat").fit_transform(data)
    found = model.transformer_.transform(bare.assign(XLAT=lat, XLONG=lon))
    assert_allclose(found, rows)


def test_a_grid_that_moves_raises_an_error(data):
    moving = data.lat + data.lon + xr.zeros_like(data.time, dtype=float)
    moving = moving.assign_attrs(units="degrees_north") / 10
    other = data.drop_vars(["lat", "lon"]).assign_coords(
        XLAT=(moving.dims, moving.values + np.arange(60) / 10, moving.attrs)
    )
    with pytest.raises(ValueError, match="'XLAT' varies with 'time'"):
        FieldTransformer().fit(other)
    FieldTransformer().fit(other.drop_vars("XLAT"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: d.u.rename("lat"), ValueError, "both named 'lat'"),
        (
            lambda d: xr.DataArray(d.u.values, dims=["time", 1, "lon"]),
            TypeError,
            "must be text, got 1",
        ),
        (lambda d: d.rename(u=1), TypeError, "must be text, got 1"),
        (lambda d: [], TypeError, "got list of"),
        (lambda d: [d.u, d.v.values], TypeError, r"list of \['DataArray', 'ndarray'\]"),
        (lambda d: [d.u, d.u], ValueError, "different names"),
        (
            lambda d: [d.u, d.v.assign_coords(lat=d.lat + 1)],
            ValueError,
            "'lat' of 'v' differs from that of 'u'",
        ),
        (lambda d: [d.u, d.v[:, 1:]], ValueError, "'v'"),
        (
            lambda d: [d.u.drop_vars("lat"), d.v[:, 1:].drop_vars("lat")],
            ValueError,
            "'v' has 4 points along 'lat', but 'u' has 5",
        ),
    ],
)
def test_odd_input_raises_errors_of_our_own(data, change, error, message):
    with pytest.raises(error, match=message):
        FieldTransformer().fit(change(data))


@pytest.mark.parametrize("other", [np.zeros((2, 3)), None, "file.nc", {"u": 1}, 3])
def test_forecast_needs_labelled_fields(data, other):
    model = FieldClustering(kmeans()).fit(data)
    with pytest.raises(TypeError, match="must be an xarray Dataset"):
        model.forecast(other)


def test_scalars_that_differ_are_kept_as_attributes(data):
    height = {"units": "m"}
    arrays = [
        data.u.assign_coords(height=xr.DataArray(2.0, attrs=height), member=1),
        data.v.assign_coords(height=xr.DataArray(10.0, attrs=height), member=1),
    ]
    means = FieldClustering(kmeans()).fit(arrays).cluster_means_
    assert (means.u.height, means.v.height) == ("2.0 m", "10.0 m")
    assert means.member == 1


# Coordinates

TIMES = {
    "nanoseconds": pd.date_range("2001-01-01", periods=60, freq="7min")
    + pd.Timedelta(1),
    "cftime": [cftime.Datetime360Day(2001, 2, 1, 0, 0, 0, i) for i in range(60)],
    "text": [f"event {i}" for i in range(60)],
    "bytes": np.array([f"{i}" for i in range(60)], "S8"),
    "timedelta": pd.to_timedelta(np.arange(60), "h"),
    "bool": np.arange(60) % 2 == 0,
    "float": np.linspace(0, 1, 60, dtype=np.float32),
}


def assert_same_coords(result, expected):
    """All coordinates of the samples are those of the data, bit by bit."""
    assert {*result.coords} - {"cluster"} == {*expected.coords}
    for name, coord in expected.coords.items():
        assert result[name].dtype == coord.dtype
        assert result[name].attrs == coord.attrs
        assert_array_equal(result[name].values, coord.values)
        index, own = expected.indexes.get(name), result.indexes.get(name)
        assert index is None or index.equals(own)


@pytest.mark.parametrize("kind", [*TIMES, "multi-index"])
def test_coordinates_of_samples_come_back(data, kind, tmp_path):
    scalars = {"number": 3, "valid_time": data.time.values[2]}
    if kind == "multi-index":
        pairs = [np.repeat([1, 2], 30), np.tile(np.arange(30), 2)]
        index = pd.MultiIndex.from_arrays(pairs, names=["year", "day"])
        coords = xr.Coordinates.from_pandas_multiindex(index, "time")
        data = data.drop_vars("time").assign_coords(coords)
    else:
        data = data.assign_coords(time=TIMES[kind])
    data = data.assign_coords(season=("time", ["winter"] * 60), **scalars)
    expected = data.drop_vars(["lat", "lon"])
    model = FieldClustering(kmeans()).fit(data)
    forecast = model.forecast(data.expand_dims(member=["a", "b"]))
    for result in (model.labels_, model.predict(data), forecast.drop_vars("member")):
        assert_same_coords(result, expected)
    for result in (model.cluster_means_, model.cluster_centers_):
        assert_same_coords(result, data[["lat", "lon", *scalars]])
    if kind not in ("text", "bytes"):
        save(model, tmp_path / "model.skv")
        loaded = load(tmp_path / "model.skv")
        xr.testing.assert_identical(loaded.labels_, model.labels_)
        assert_same_coords(loaded.labels_, expected)


def test_a_multi_index_of_points(data):
    points = data.stack(point=("lat", "lon"))
    means = FieldClustering(kmeans()).fit(points).cluster_means_
    assert means.indexes["point"].equals(points.indexes["point"])
    whole = FieldClustering(kmeans()).fit(data).cluster_means_
    xr.testing.assert_allclose(means.unstack(), whole)


# Arrays of dask


def test_unequal_chunks(data):
    lazy = data.assign(u=data.u.chunk(time=7, lon=2), v=data.v.chunk(time=25))
    model = FieldClustering(kmeans()).fit(data)
    assert_array_equal(model.predict(lazy).compute(), model.labels_)
    assert_array_equal(FieldClustering(kmeans()).fit(lazy).labels_, model.labels_)


@pytest.mark.parametrize("dims", [("lat", "lon"), ("time",)])
def test_one_lazy_coordinate(data, dims):
    shape = [data.sizes[dim] for dim in dims]
    lazy = data.assign_coords(area=xr.DataArray(np.ones(shape), dims=dims).chunk())
    model = FieldClustering(kmeans()).fit(lazy)
    assert model.predict(lazy).chunks is None
    assert_array_equal(model.predict(lazy), model.labels_)


# Weights and latitudes


def test_weights_are_aligned_by_name_and_coordinate(data):
    area = (np.cos(np.deg2rad(data.lat)) + 0.01 * data.lon).where(data.u[0].notnull())
    del area["time"]
    expected = FieldTransformer(weights=area.values).fit_transform(data)
    for weights in (
        area.T,
        area[::-1],
        area[:, ::-1].fillna(0),
        area.assign_coords(lon=(area.lon + 180) % 360 - 180).sortby("lon"),
        area.drop_vars("lat"),
        area.chunk(),
    ):
        rows = FieldTransformer(weights=weights).fit_transform(data)
        assert_allclose(rows, expected)
    cosine = np.cos(np.deg2rad(data.lat))
    rows = FieldTransformer(weights=cosine[::-1]).fit_transform(data)
    assert_allclose(rows, FieldTransformer(weights="coslat").fit_transform(data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.assign_coords(lat=w.lat + 1), "'lat' differs from that of fit"),
        (lambda w: w[1:], "Expected 5 points along 'lat'"),
        (lambda w: w.rename(lat="y"), "must have dimensions of the grid"),
        (lambda w: w.where(w.lat < 50, 0), r"at all points with data, got 0.0 at .*52"),
        (lambda w: w.where(w.lat < 50), "at all points with data, got nan"),
        (lambda w: w.astype(str), "weights must be numbers"),
        (lambda w: w.values, "must have the shape"),
    ],
)
def test_other_weights_raise_errors(data, change, message):
    weights = np.cos(np.deg2rad(data.lat))
    with pytest.raises(ValueError, match=message):
        FieldTransformer(weights=change(weights)).fit(data)


def test_two_latitudes_raise_an_error(data):
    lat2, _ = xr.broadcast(data.lat, data.lon)
    two = data.drop_vars(["lat", "lon"]).rename(lat="y", lon="x")
    north = {"units": "degrees_north"}
    two = two.assign_coords(
        TLAT=(("y", "x"), lat2.values, north), ULAT=(("y", "x"), lat2.values + 2, north)
    )
    with pytest.raises(ValueError, match="'TLAT' and 'ULAT' both hold a latitude"):
        FieldTransformer(weights="coslat").fit(two)
    for variable in two.data_vars.values():
        variable.encoding["coordinates"] = "TLONG TLAT"
    transformer = FieldTransformer(weights="coslat").fit(two)
    assert_array_equal(transformer.grid_.latitude(), lat2)
    twice = data.assign_coords(latitude=data.lat.variable)
    FieldTransformer(weights="coslat").fit(twice)


def test_radians_and_indices(data):
    expected = FieldTransformer(weights="coslat").fit_transform(data)
    radians = data.assign_coords(
        lat=("lat", np.deg2rad(data.lat.values), {"units": "radian"} | LATITUDE)
    )
    assert_allclose(FieldTransformer(weights="coslat").fit_transform(radians), expected)
    for attrs in ({"units": "1"}, {"units": "m"}, {"standard_name": "grid_latitude"}):
        other = data.assign_coords(lat=("lat", data.lat.values, attrs))
        with pytest.raises(ValueError, match="needs a latitude on the grid"):
            FieldTransformer(weights="coslat").fit(other)
    index = data.assign_coords(lat=("lat", np.arange(5) * 100, LATITUDE))
    with pytest.raises(ValueError, match="values from -90 to 90"):
        FieldTransformer(weights="coslat").fit(index)


LATITUDE = {"standard_name": "latitude"}


@pytest.mark.parametrize("form", ["radians", "beside indices", "nominal", "swapped"])
def test_maps_and_weights_use_the_same_coordinates(data, form):
    lat2, lon2 = xr.broadcast(data.lat, data.lon)
    expected = [data.lon.values, data.lat.values]
    if form == "radians":
        other = data.assign_coords(
            lat=("lat", np.deg2rad(data.lat.values), {"units": "radians"} | LATITUDE),
            lon=("lon", np.deg2rad(data.lon.values), {"units": "radians"}),
        )
        other.lon.attrs["standard_name"] = "longitude"
    elif form == "beside indices":
        other = data.rename(lat="y", lon="x").assign_coords(
            latitude=("y", data.lat.values), longitude=("x", data.lon.values)
        )
        other = other.assign_coords(y=np.arange(5), x=np.arange(6))
    else:
        expected = [lon2.values, lat2.values]
        other = data.assign_coords(
            lat=data.lat - 20,
            TLAT=(("lat", "lon"), lat2.values, {"units": "degrees_north"}),
            TLON=(("lat", "lon"), lon2.values, {"units": "degrees_east"}),
        )
        if form == "swapped":
            other = other.transpose("time", "lon", "lat")
    model = FieldClustering(kmeans(), weights="coslat").fit(other)
    latitude = model.transformer_.grid_.latitude()
    latitude = latitude.T if form == "swapped" else latitude
    assert_allclose(latitude, lat2)
    for grid in (
        ClusterMapsDisplay.from_estimator(model).grid,
        ClusterMapsDisplay.from_estimator(model, other).grid,
    ):
        assert_allclose(grid.x, expected[0])
        assert_allclose(grid.y, expected[1])
        assert grid.xy_units == "degrees"


def test_maps_of_anomalies_with_dates_beside_names(data):
    named = data.rename(time="event").assign_coords(
        event=[f"event {i}" for i in range(60)], date=("event", data.time.values)
    )
    params = {"climatology": "month", "scale": None}
    model = FieldClustering(kmeans(), dim="event", **params).fit(named)
    display = ClusterMapsDisplay.from_estimator(model, named, anomalies=True)
    model = FieldClustering(kmeans(), **params).fit(data)
    expected = ClusterMapsDisplay.from_estimator(model, data, anomalies=True)
    assert_allclose(display.fields, expected.fields)


def test_a_guessed_latitude_of_two_dimensions_precedes_a_nominal_axis(data):
    lat2, _ = xr.broadcast(data.lat, data.lon)
    other = data.assign_coords(lat=data.lat - 20, nav_lat=(lat2.dims, lat2.values))
    transformer = FieldTransformer(weights="coslat").fit(other)
    assert_allclose(transformer.grid_.latitude(), lat2)


def test_radians_without_units_raise_an_error(data):
    other = data.drop_attrs().assign_coords(lat=np.linspace(-1.5, 1.5, 5))
    with pytest.raises(ValueError, match=r"'lat' has no units, and .* radians"):
        FieldTransformer(weights="coslat").fit(other)


def test_weights_in_a_dataset_raise_an_error(data):
    weights = xr.Dataset({"area": data.lat})
    with pytest.raises(TypeError, match=r"weights must be a DataArray, got \['area'\]"):
        FieldTransformer(weights=weights).fit(data)
