"""Tests of lists of DataArrays: equal coordinates are aligned, others are refused."""

import layouts_observed as observed
import numpy as np
import pytest
from numpy.testing import assert_allclose
from test_xarray_layouts import expected_rows, fit

DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def layout():
    return observed.era5_old()


def west(v):
    """Use longitudes from -180 to 180 degrees."""
    return v.assign_coords(longitude=(v.longitude + 180) % 360 - 180)


ALIGNED = {
    "north last": lambda v: v[:, ::-1],
    "float64": lambda v: v.assign_coords(latitude=v.latitude.astype("f8") + 1e-6),
    "-180 to 180": west,
    "-180 to 180, sorted": lambda v: west(v).sortby("longitude"),
    "transposed": lambda v: v.transpose("longitude", "time", "latitude"),
    "samples reversed": lambda v: v[::-1],
    "dask": lambda v: v.chunk(time=5, latitude=3),
    "another scalar": lambda v: v.assign_coords(number=0),
    "fewer coordinates": lambda v: v.drop_vars(["time", "longitude"]),
}
REFUSED = {
    "samples": (lambda v: v[:-2], "'time' of 'v10' differs.*xarray.align"),
    "dates": (lambda v: v.assign_coords(time=v.time + DAY), "'time' of 'v10' differs"),
    "calendars": (
        lambda v: v.convert_calendar("noleap", use_cftime=True),
        "'time' of 'v10' differs",
    ),
    "region": (lambda v: v[:, :-1], "'latitude' of 'v10' differs"),
    "names": (
        lambda v: v.rename(latitude="lat"),
        "'v10' has the dimensions .*'lat'.*same grid",
    ),
    "empty": (lambda v: v.rename("w")[:, :0].load(), "'latitude' of 'w' differs"),
}


@pytest.mark.parametrize("name", ALIGNED)
def test_equal_coordinates_are_aligned(layout, name):
    arrays = [layout.data.u10, ALIGNED[name](layout.data.v10)]
    model = fit(layout, arrays)
    rows = expected_rows(layout)
    assert_allclose(model.transformer_.transform(arrays), rows, atol=1e-5)
    assert_allclose(model.transformer_.transform(layout.data), rows, atol=1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_other_coordinates_are_refused(layout, name):
    change, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        fit(layout, [layout.data.u10, change(layout.data.v10)])


@pytest.mark.parametrize("name", ["time", "latitude"])
def test_empty_dimensions_are_refused(layout, name):
    empty = layout.data.isel({name: slice(0)})
    with pytest.raises(ValueError, match=f"at least 1 point along '{name}', got 0"):
        fit(layout, empty)


@pytest.mark.parametrize(
    "convert",
    [
        lambda data: data.u10.values,
        lambda data: dict(data),
        lambda data: [data],
        lambda data: data.u10.to_series(),
        lambda data: (array for array in [data.u10]),
    ],
)
def test_other_types_are_refused(layout, convert):
    with pytest.raises(TypeError, match="must be an xarray Dataset, a DataArray or"):
        fit(layout, convert(layout.data))
