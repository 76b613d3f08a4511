"""Tests of coordinates that are equal: rounding, longitudes, text, missing values."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

from skvaeclust._axes import order_of, same
from skvaeclust.xarray import FieldTransformer


def fields(*shape, **coords):
    values = np.random.default_rng(0).standard_normal((12, *shape))
    dims = ["time", "y", "x"][: 1 + len(shape)]
    return xr.DataArray(values, dims=dims, coords=coords, name="t")


def assert_aligned(first, second):
    transformer = FieldTransformer(scale=None).fit(first)
    assert_array_equal(transformer.transform(first), transformer.transform(second))


@pytest.mark.parametrize("step", [0.1, 0.25, 1 / 3, 2.8125, 10.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_longitudes_of_arange_in_any_range(step, dtype):
    n = round(360 / step)
    first = fields(n, y=np.arange(n) * step).rename(y="lon")
    second = first.roll(lon=n // 3, roll_coords=True)
    values = np.where(second.lon > 180, second.lon - 360, second.lon) + 1e-11
    assert_aligned(first, second.assign_coords(lon=values.astype(dtype)))


def test_a_point_slightly_west_of_the_first_one():
    first = fields(3600, y=np.arange(0, 360, 0.1)).rename(y="lon")
    second = first.roll(lon=1800, roll_coords=False)
    assert_aligned(first, second.assign_coords(lon=np.arange(-180, 180, 0.1)))


def test_longitudes_of_two_dimensions():
    lat, lon = np.meshgrid([30.0, 40, 50], np.arange(160.0, 220, 10), indexing="ij")
    first = fields(3, 6, nav_lat=(("y", "x"), lat), nav_lon=(("y", "x"), lon))
    west = first.assign_coords(nav_lon=(("y", "x"), (lon + 180) % 360 - 180))
    assert_aligned(first, west)
    radians = first.assign_coords(
        nav_lon=(("y", "x"), np.deg2rad(lon), {"units": "radians"})
    )
    assert_aligned(radians, radians.assign_coords(nav_lon=radians.nav_lon - 2 * np.pi))
    with pytest.raises(ValueError, match="'nav_lon' differs"):
        assert_aligned(first, first.assign_coords(nav_lon=(("y", "x"), lon + 5)))


def test_missing_coordinates_over_land_are_equal():
    lat, lon = np.meshgrid([30.0, 40, 50], [0.0, 10, 20, 30], indexing="ij")
    lat[0, :2] = lon[0, :2] = np.nan
    first = fields(3, 4, nav_lat=(("y", "x"), lat), nav_lon=(("y", "x"), lon))
    assert_aligned(first, first)
    other = first.copy(deep=True)
    other.nav_lon[0, 2] = np.nan
    with pytest.raises(ValueError, match="'nav_lon' differs"):
        assert_aligned(first, other)


@pytest.mark.parametrize(
    "names",
    [
        list("hgfe"),
        np.array(["oslo", "bergen", "rome", "paris"], dtype=object),
        np.array([b"d", b"b", b"a", b"c"]),
        np.array(["2001-01-03", "2001-01-01", "2001-02-01", "1999-01-01"], "M8[ns]"),
    ],
)
def test_axes_of_any_type_are_reordered(names):
    first = fields(4, y=names)
    assert_aligned(first, first.sortby("y"))
    if first.y.dtype.kind == "S":
        assert_aligned(first, first.sortby("y").assign_coords(y=sorted("dbac")))
    with pytest.raises(ValueError, match="'y' differs"):
        assert_aligned(first, first.assign_coords(y=first.y.values[[0, 0, 1, 2]]))


def test_neighbouring_points_of_a_fine_grid_differ():
    fitted = 100 + 1e-5 * np.arange(50)
    assert not same(fitted + 1e-5, fitted).any()
    assert order_of(fitted + 1e-5, fitted) is None
    assert same(np.array(2.0), np.array(2.0)).all()
