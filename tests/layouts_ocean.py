"""Small Datasets like files of ocean models and observations; see `layouts`."""

import numpy as np
from layouts import (
    LAT,
    LAT_2D,
    LON,
    LON_2D,
    SOUTH_NORTH,
    WEST_EAST,
    FileLayout,
    N,
    bounds,
    days,
    decoded,
    mesh,
    values_of,
)

NODES = np.array([42.0, 42.5, 43.0, 43.2, 44.0])


def fvcom():
    """FVCOM: nodes and triangles, sigma layers on nodes, dates in integers as well.

    Its variable Itime2, "msec since 00:00:00", is dropped: xarray cannot decode it.
    """
    numbers, time_attrs = days(
        "days since 1858-11-17 00:00:00", 1.0, 55000.0, format="modified julian day"
    )
    layers = -np.array([[0.25], [0.75]]) * np.ones(5)
    whole = {"units": "days since 1858-11-17 00:00:00"}
    zeta = {"units": "meters", "coordinates": "time lat lon", "location": "node"}
    u = {"units": "meters s-1", "location": "face"}
    data = decoded(
        {
            "lon": ("node", NODES - 110, LON_2D),
            "lat": ("node", NODES, LAT_2D),
            "siglay": (("siglay", "node"), layers, {"positive": "up"}),
            "nv": (("three", "nele"), np.array([[1, 2], [2, 3], [3, 4]])),
            "h": ("node", np.full(5, 100.0), {"units": "m"}),
            "Itime": ("time", numbers.astype("i4"), whole),
            "zeta": (("time", "node"), values_of(5), zeta),
            "u": (("time", "siglay", "nele"), values_of(2, 2, seed=1), u),
            "time": ("time", numbers, time_attrs),
        }
    )
    return FileLayout(data, "time", ["zeta"], NODES, "numbers.*'Itime'")


def swot():
    """SWOT: repeated passes over fixed points, packed, time of every line."""
    lat, lon = mesh()
    lines, where = ("cycle_number", "num_lines"), ("num_lines", "num_pixels")
    height = {
        "units": "m",
        "standard_name": "sea_surface_height_above_sea_level",
        "scale_factor": 1e-4,
        "_FillValue": np.int32(2147483647),
        "coordinates": "longitude latitude",
    }
    flags = {
        "flag_meanings": "suspect degraded bad",
        "flag_masks": np.array([1, 2, 4], "u4"),
    }
    seconds = 1.8e6 * np.arange(N)[:, None] + 0.3 * np.arange(4)
    values = np.rint(1e4 * values_of(4, 5)).astype("i4")
    values[:, 0, 2] = 2147483647
    data = decoded(
        {
            "latitude": (where, lat, LAT_2D),
            "longitude": (where, lon, LON_2D),
            "time": (lines, seconds, {"units": "seconds since 2000-01-01"}),
            "ssha_karin": ((*lines, "num_pixels"), values, height),
            "ssha_karin_qual": ((*lines, "num_pixels"), np.zeros(values.shape), flags),
        }
    )
    return FileLayout(
        data, "cycle_number", ["ssha_karin"], lat, r"numbers.*'time'", None
    )


def en4():
    """EN4 objective analysis: levels with bounds, uncertainty in the same units."""
    time, time_attrs = days("days since 1800-01-01", 30.0, 70000.5)
    dims = ("time", "depth", "lat", "lon")
    depth = np.array([5.02, 15.08])
    packing = {"scale_factor": 0.001, "add_offset": 285.0, "_FillValue": np.int16(-1)}
    temperature = np.rint(1e3 * values_of(2, 4, 5)).astype("i2")
    temperature[:, :, 0, 0] = -1
    name = "sea_water_potential_temperature"
    kelvin = {"units": "kelvin", "standard_name": name}
    data = decoded(
        {
            "temperature": (dims, temperature, kelvin | packing),
            "temperature_uncertainty": (
                dims,
                values_of(2, 4, 5, mean=3, seed=1),
                {"units": "kelvin", "standard_name": f"{name} standard_error"},
            ),
            "temperature_observation_weights": (dims, np.ones((N, 2, 4, 5)), {}),
            "depth_bnds": (("depth", "bnds"), bounds(depth)),
            "time_bnds": (("time", "bnds"), bounds(time)),
            "depth": ("depth", depth, {"units": "meters", "positive": "down"}),
            "lat": ("lat", SOUTH_NORTH, LAT),
            "lon": ("lon", WEST_EAST % 360, LON),
            "time": ("time", time, time_attrs | {"bounds": "time_bnds"}),
        }
    )
    latitude = SOUTH_NORTH[:, None]
    return FileLayout(data, "time", ["temperature"], latitude, "uncertainty")


def tao():
    """TAO: one mooring, codes of quality and source as numbers without units."""
    numbers, time_attrs = days("days since 1980-03-07 12:00:00")
    dims = ("time", "depth", "lat", "lon")
    fill = {"_FillValue": np.float32(1e35), "missing_value": np.float32(1e35)}
    name = "SEA SURFACE TEMPERATURE"
    variables = {
        "T_20": (values_of(1, 1, 1), {"units": "C", "long_name": f"{name} (C)"}),
        "QT_5020": (
            np.ones((N, 1, 1, 1)),
            {"units": " ", "long_name": f"{name} QUALITY"},
        ),
        "ST_6020": (
            np.ones((N, 1, 1, 1)),
            {"units": " ", "long_name": f"{name} SOURCE"},
        ),
    }
    data = decoded(
        {k: (dims, v.astype("f4"), attrs | fill) for k, (v, attrs) in variables.items()}
        | {
            "time": ("time", numbers, time_attrs),
            "depth": ("depth", [1.0], {"units": "m", "positive": "down"}),
            "lat": ("lat", [2.0], {"units": "degree_north"}),
            "lon": ("lon", [265.0], {"units": "degree_east"}),
        }
    )
    return FileLayout(data, "time", ["T_20"], np.array([2.0]), "QT_5020")
