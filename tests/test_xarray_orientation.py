"""Tests of the orientation of fields: south and west first, whatever the data."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from skvaeclust import RotationAugmenter, VAEClustering
from skvaeclust.xarray import FieldClustering, FieldTransformer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SLICE = slice(None, None, -1)
LAYOUTS = {
    "north first": lambda d: d.isel(lat=SLICE),
    "east first": lambda d: d.isel(lon=SLICE),
    "longitude first": lambda d: d.transpose("time", "lon", "lat"),
    "longitude, north first": lambda d: d.isel(lat=SLICE).transpose(..., "lon", "lat"),
    "over Greenwich": lambda d: d.assign_coords(lon=(d.lon - 20) % 360),
}


@pytest.fixture(scope="module")
def data(currents):
    return currents.drop_vars("kind")


def on_indices(data):
    """The same fields on a grid of two-dimensional coordinates."""
    lat, lon = xr.broadcast(data.lat, data.lon)
    dims = data.u.dims[1:]
    coords = {
        name: (("y", "x"), (c + 0.01 * other).transpose(*dims).values)
        for name, c, other in (("nav_lat", lat, lon), ("nav_lon", lon, lat))
    }
    new = dict(zip(dims, ("y", "x"), strict=True))
    return data.drop_vars(["lat", "lon"]).rename(new).assign_coords(coords)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("curvilinear", [False, True])
@pytest.mark.parametrize("lazy", [False, True])
def test_fields_have_south_and_west_first(data, layout, curvilinear, lazy):
    expected = FieldTransformer(output="fields").fit_transform(data)
    other = LAYOUTS[layout](data)
    other = on_indices(other) if curvilinear else other
    other = other.chunk(time=20) if lazy else other
    transformer = FieldTransformer(output="fields").fit(other)
    fields = transformer.transform(other)
    assert fields.shape == (60, 2, 5, 6)
    assert_allclose(np.asarray(fields), expected)
    back = transformer.inverse_transform(fields, time=other.time)
    xr.testing.assert_allclose(back.transpose(*other.u.dims), other.compute())


def test_projections_and_grids_without_coordinates(data):
    meters = {"standard_name": "projection_y_coordinate", "axis": "Y"}
    other = data.isel(lat=SLICE).rename(lat="y", lon="x")
    projected = other.assign_coords(y=("y", np.arange(5)[::-1] * 1e3, meters))
    fields = FieldTransformer(output="fields").fit_transform(projected)
    expected = FieldTransformer(output="fields").fit_transform(data)
    assert_allclose(fields, expected)
    bare = FieldTransformer(output="fields").fit_transform(other.drop_vars(["x", "y"]))
    assert_allclose(bare, expected[:, :, ::-1])


def test_rows_of_points_are_in_the_order_of_the_data(data):
    other = data.isel(lat=SLICE)
    rows = FieldTransformer(scale=None).fit_transform(other)
    names = FieldTransformer().fit(other).get_feature_names_out()
    assert "lat=60.0" in names[0]
    assert_allclose(rows[:, 0], other.u[:, 0, 0])


@pytest.mark.parametrize("layout", ["north first", "longitude, north first"])
def test_networks_and_augmenters_see_the_same_fields(data, layout):
    vae = VAEClustering(
        2, augmenter=RotationAugmenter(1), network="conv", max_epochs=2, n_init=1,
        random_state=0,
    )  # fmt: skip
    here = FieldClustering(vae).fit(data)
    there = FieldClustering(vae).fit(LAYOUTS[layout](data))
    assert_array_equal(there.labels_, here.labels_)
    xr.testing.assert_allclose(
        there.cluster_centers_.sortby("lat").transpose("cluster", "lat", "lon"),
        here.cluster_centers_,
    )


def test_an_augmenter_of_the_other_origin_raises_an_error(data):
    vae = VAEClustering(2, augmenter=RotationAugmenter(1, origin="upper"))
    with pytest.raises(ValueError, match="Expected origin='lower'"):
        FieldClustering(vae).fit(data)
