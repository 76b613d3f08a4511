"""Small Datasets with the names, dimensions, attributes and encodings of real files.

Each function builds a file as it is stored and decodes it as `xarray.open_dataset`
does. All have two patterns that alternate irregularly, `KINDS`.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

N = 24
KINDS = np.random.default_rng(1).permutation(np.arange(N) % 2)
LAT = {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}
LON = {"units": "degrees_east", "standard_name": "longitude", "axis": "X"}
LAT_2D = {"units": "degrees_north", "standard_name": "latitude"}
LON_2D = {"units": "degrees_east", "standard_name": "longitude"}
TIME = {"standard_name": "time", "axis": "T", "long_name": "time"}
SOUTH_NORTH = np.array([20.0, 35.0, 50.0, 65.0])
WEST_EAST = np.array([300.0, 315.0, 330.0, 345.0, 0.5])


@dataclass(frozen=True)
class FileLayout:
    """A Dataset, and what a user knows about it.

    Attributes
    ----------
    data : Dataset
        As opened.
    dim : str
        Dimension of the samples.
    variables : list of str
        Fields to cluster.
    latitude : ndarray or None
        Latitude, degrees, that broadcasts to the grid; None if there is none.
    error : str
        Pattern of the error for the whole Dataset; empty if it can be clustered.
    dates : str or None
        Coordinate with the dates of the samples; None if there are none.
    """

    data: xr.Dataset
    dim: str
    variables: list
    latitude: np.ndarray | None = None
    error: str = ""
    dates: str | None = "time"


def values_of(*shape, size=1.0, mean=0.0, land=(), seed=0, dtype="f4"):
    """Make samples (N, *shape) of two patterns with noise; NaN at the points `land`."""
    rng = np.random.default_rng(seed)
    pattern = rng.standard_normal(shape)
    values = np.where(KINDS, 1, -1).reshape(-1, *[1] * len(shape)) * pattern
    values = mean + size * (values + 0.05 * rng.standard_normal(values.shape))
    for point in land:
        values[(slice(None), *point)] = np.nan
    return values.astype(dtype)


def mesh(land=()):
    """Return the 2-D latitude and longitude of a curvilinear grid; NaN at `land`."""
    lat = SOUTH_NORTH[:, None] + np.array([0, 1, 3, 2, 0.5])
    lon = WEST_EAST[None] % 360 + 0.5 * np.arange(4)[:, None]
    for point in land:
        lat[point] = lon[point] = np.nan
    return lat, lon


def bounds(centers):
    """Return bounds (n, 2) of cells."""
    return np.stack([centers - 0.5, centers + 0.5], axis=-1)


def days(units, step=1.0, start=0.0, calendar=None, dtype="f8", **attrs):
    """Make the encoded values and attributes of a time axis."""
    attrs = TIME | {"units": units} | attrs
    if calendar:
        attrs["calendar"] = calendar
    return (start + step * np.arange(N)).astype(dtype), attrs


def decoded(variables, coords=(), **attrs):
    """Decode a stored Dataset; `coords` are only those that decoding finds."""
    return xr.decode_cf(xr.Dataset(variables, attrs=attrs).set_coords([*coords]))


# Climate models


def cmip6_psl(calendar="noleap"):
    """CMIP6 table Amon, regular grid, with bounds."""
    time, time_attrs = days("days since 1850-01-01", 30.0, 15.5, calendar)
    attrs = {
        "standard_name": "air_pressure_at_mean_sea_level",
        "long_name": "Sea Level Pressure",
        "units": "Pa",
        "cell_methods": "area: time: mean",
        "cell_measures": "area: areacella",
        "missing_value": np.float32(1e20),
        "_FillValue": np.float32(1e20),
    }
    data = decoded(
        {
            "time_bnds": (("time", "bnds"), bounds(time)),
            "lat_bnds": (("lat", "bnds"), bounds(SOUTH_NORTH)),
            "lon_bnds": (("lon", "bnds"), bounds(np.arange(5.0))),
            "psl": (("time", "lat", "lon"), values_of(4, 5, size=800, mean=1e5), attrs),
            "time": ("time", time, time_attrs | {"bounds": "time_bnds"}),
            "lat": ("lat", SOUTH_NORTH, LAT | {"bounds": "lat_bnds"}),
            "lon": ("lon", np.arange(5.0), LON | {"bounds": "lon_bnds"}),
        },
        Conventions="CF-1.7 CMIP-6.2",
    )
    return FileLayout(data, "time", ["psl"], SOUTH_NORTH[:, None])


def cmip6_tas():
    """CMIP6 with a scalar height, calendar of 360 days."""
    layout = cmip6_psl("360_day")
    attrs = {"standard_name": "height", "units": "m", "positive": "up", "axis": "Z"}
    data = layout.data.rename(psl="tas").assign_coords(height=((), 2.0, attrs))
    data.tas.attrs.update(units="K", standard_name="air_temperature")
    return FileLayout(data, "time", ["tas"], layout.latitude)


def cmip6_zg():
    """CMIP6 on pressure levels, some of them below the ground."""
    layout = cmip6_psl("proleptic_gregorian")
    plev = {"standard_name": "air_pressure", "units": "Pa", "axis": "Z"}
    values = values_of(3, 4, 5, size=100, mean=5e3, land=[(0, 1, 2)])
    data = layout.data.drop_vars("psl").assign_coords(
        plev=("plev", [1e5, 5e4, 1e4], plev)
    )
    attrs = {"units": "m", "standard_name": "geopotential_height"}
    data["zg"] = (("time", "plev", "lat", "lon"), values, attrs)
    return FileLayout(data, "time", ["zg"], layout.latitude)


def cmip6_tos():
    """CMIP6 table Omon on the tripolar grid, with vertices."""
    time, time_attrs = days("days since 1850-01-01", 30.0, 15.5, "noleap")
    lat, lon = mesh()
    corners = ("j", "i", "vertices")
    attrs = {"units": "degC", "coordinates": "latitude longitude"}
    attrs |= {
        "_FillValue": np.float32(1e20),
        "standard_name": "sea_surface_temperature",
    }
    values = np.nan_to_num(values_of(4, 5, land=[(1, 1), (2, 3)]), nan=1e20)
    data = decoded(
        {
            "time_bnds": (("time", "bnds"), bounds(time)),
            "vertices_latitude": (corners, np.stack([lat] * 4, -1)),
            "vertices_longitude": (corners, np.stack([lon] * 4, -1)),
            "tos": (("time", "j", "i"), values, attrs),
            "latitude": (("j", "i"), lat, LAT_2D | {"bounds": "vertices_latitude"}),
            "longitude": (("j", "i"), lon, LON_2D | {"bounds": "vertices_longitude"}),
            "time": ("time", time, time_attrs | {"bounds": "time_bnds"}),
            "j": ("j", np.arange(4), {"long_name": "cell index", "units": "1"}),
            "i": ("i", np.arange(5), {"long_name": "cell index", "units": "1"}),
        }
    )
    return FileLayout(data, "time", ["tos"], lat)


def cordex():
    """Regional model on a rotated pole."""
    time, time_attrs = days("days since 1949-12-01", 1.0, 0.5, "standard")
    lat, lon = mesh()
    pole = {"grid_mapping_name": "rotated_latitude_longitude"}
    attrs = {"units": "kg m-2 s-1", "coordinates": "lat lon"}
    attrs |= {"grid_mapping": "rotated_pole"}
    rotated = {"standard_name": "grid_latitude", "units": "degrees", "axis": "Y"}
    data = decoded(
        {
            "rotated_pole": ((), b"", pole | {"grid_north_pole_latitude": 39.25}),
            "time_bnds": (("time", "bnds"), bounds(time)),
            "pr": (("time", "rlat", "rlon"), values_of(4, 5), attrs),
            "lat": (("rlat", "rlon"), lat, LAT_2D),
            "lon": (("rlat", "rlon"), lon, LON_2D),
            "time": ("time", time, time_attrs | {"bounds": "time_bnds"}),
            "rlat": ("rlat", [-20.0, -10, 0, 10], rotated),
            "rlon": (
                "rlon",
                [-20.0, -10, 0, 10, 20],
                {"standard_name": "grid_longitude", "units": "degrees", "axis": "X"},
            ),
        }
    )
    return FileLayout(data, "time", ["pr"], lat)


def orca():
    """NEMO output of XIOS: land is NaN in the coordinates, two times, one depth."""
    land = [(0, 0), (3, 4)]
    lat, lon = mesh(land)
    seconds, time_attrs = days("seconds since 1900-01-01 00:00:00", 86400.0, 43200.0)
    attrs = {"units": "degC", "coordinates": "time_centered nav_lat nav_lon"}
    attrs |= {"_FillValue": np.float32(1e20), "interval_operation": "1080 s"}
    values = values_of(1, 4, 5, land=[(0, *point) for point in land])
    dims = ("time_counter", "deptht", "y", "x")
    data = decoded(
        {
            "nav_lat": (("y", "x"), lat.astype("f4"), LAT_2D),
            "nav_lon": (("y", "x"), lon.astype("f4"), LON_2D),
            "deptht_bounds": (("deptht", "axis_nbounds"), [[0.0, 6.0]]),
            "time_centered": ("time_counter", seconds, time_attrs),
            "time_counter_bounds": (("time_counter", "axis_nbounds"), bounds(seconds)),
            "votemper": (dims, values, attrs),
            "time_counter": (
                "time_counter",
                seconds,
                time_attrs | {"bounds": "time_counter_bounds"},
            ),
            "deptht": (
                "deptht",
                [3.0],
                {"units": "m", "positive": "down", "bounds": "deptht_bounds"},
            ),
        }
    )
    return FileLayout(data, "time_counter", ["votemper"], lat, dates="time_counter")


def cesm_pop():
    """CESM ocean: 2-D coordinates before cell indices, time bounds, scalars."""
    lat, lon = mesh()
    time, time_attrs = days("days since 0001-01-01 00:00:00", 30.0, 30.0, "noleap")
    attrs = {"units": "degC", "coordinates": "TLONG TLAT time", "_FillValue": 9.96e36}
    where = ("nlat", "nlon")
    data = decoded(
        {
            "TLAT": (where, lat, {"units": "degrees_north", "long_name": "T-grid lat"}),
            "TLONG": (where, lon, {"units": "degrees_east"}),
            "ULAT": (where, lat + 0.5, {"units": "degrees_north"}),
            "ULONG": (where, lon + 0.5, {"units": "degrees_east"}),
            "TAREA": (where, np.ones((4, 5)), {"units": "centimeter^2"}),
            "KMT": (where, np.ones((4, 5), "i4"), {"coordinates": "TLONG TLAT"}),
            "rho_sw": ((), 1.026, {"units": "gram/centimeter^3"}),
            "time_bound": (("time", "d2"), bounds(time)),
            "SST": (("time", *where), values_of(4, 5, land=[(1, 1)]), attrs),
            "time": ("time", time, time_attrs | {"bounds": "time_bound"}),
        }
    )
    return FileLayout(data, "time", ["SST"], lat)


def mom6():
    """GFDL MOM6: nominal axes with units degrees and true 2-D coordinates."""
    lat, lon = mesh()
    time, time_attrs = days("days since 1958-01-01 00:00:00", 30.0, 15.0, "JULIAN")
    attrs = {"units": "degC", "cell_methods": "yh:mean xh:mean time: mean"}
    attrs |= {"coordinates": "geolon geolat", "time_avg_info": "average_T1"}
    nominal = {"units": "degrees_north", "axis": "Y", "long_name": "h point nominal"}
    data = decoded(
        {
            "tos": (("time", "yh", "xh"), values_of(4, 5, land=[(0, 0)]), attrs),
            "geolat": (("yh", "xh"), lat, {"units": "degrees_north"}),
            "geolon": (("yh", "xh"), lon, {"units": "degrees_east"}),
            "time_bnds": (("time", "nv"), bounds(time)),
            "time": ("time", time, time_attrs | {"bounds": "time_bnds"}),
            "yh": ("yh", SOUTH_NORTH, nominal),
            "xh": ("xh", np.arange(5.0), {"units": "degrees_east", "axis": "X"}),
        }
    )
    return FileLayout(data, "time", ["tos"], lat)


def gfdl_averages():
    """GFDL history files have the ends and the length of each average as variables."""
    data = mom6().data
    data["average_DT"] = ("time", np.full(N, np.timedelta64(30, "D")))
    data["average_T1"] = ("time", data.time.data)
    return FileLayout(data, "time", ["tos"], mesh()[0], "'average_DT'")


def wrf():
    """WRF: coordinates have the dimension Time, dates are text."""
    lat, lon = mesh()
    names = [f"2001-01-{1 + i:02d}_00:00:00" for i in range(N)]
    attrs = {"units": "K", "MemoryOrder": "XY ", "stagger": ""}
    attrs |= {"coordinates": "XLONG XLAT XTIME", "description": "TEMP at 2 M"}
    where = ("Time", "south_north", "west_east")
    north = {"units": "degree_north", "description": "LATITUDE, SOUTH IS NEGATIVE"}
    east = {"units": "degree_east", "description": "LONGITUDE, WEST IS NEGATIVE"}
    data = decoded(
        {
            "Times": ("Time", np.array(names, "S19")),
            "XLAT": (where, np.stack([lat] * N).astype("f4"), north),
            "XLONG": (where, np.stack([lon] * N).astype("f4"), east),
            "XTIME": (
                "Time",
                1440.0 * np.arange(N),
                {"units": "minutes since 2001-01-01 00:00:00"},
            ),
            "T2": (where, values_of(4, 5, size=5, mean=280), attrs),
        }
    )
    return FileLayout(data, "Time", ["T2"], lat, "'Times'", "XTIME")


def roms():
    """ROMS: terrain-following levels; u and v are on staggered points."""
    lat, lon = mesh()
    seconds, time_attrs = days("seconds since 1900-01-01 00:00:00", 86400.0)
    attrs = {"units": "Celsius", "coordinates": "lon_rho lat_rho s_rho ocean_time"}
    attrs |= {"time": "ocean_time", "grid": "grid", "location": "face"}
    where = ("eta_rho", "xi_rho")
    level = {"standard_name": "ocean_s_coordinate_g2", "positive": "up"}
    values = values_of(2, 4, 5, land=[(0, 1, 1), (1, 1, 1)])
    data = decoded(
        {
            "h": (where, np.full((4, 5), 100.0), {"units": "meter"}),
            "hc": ((), 20.0, {"units": "meter"}),
            "Cs_r": ("s_rho", [-0.7, -0.2]),
            "temp": (("ocean_time", "s_rho", *where), values, attrs),
            "lat_rho": (where, lat, {"units": "degree_north", **LAT_2D}),
            "lon_rho": (where, lon, {"units": "degree_east", **LON_2D}),
            "ocean_time": ("ocean_time", seconds, time_attrs),
            "s_rho": ("s_rho", [-0.75, -0.25], level),
        }
    )
    return FileLayout(data, "ocean_time", ["temp"], lat, dates="ocean_time")


def mitgcm():
    """MITgcm of xmitgcm: u and v are on different points."""
    faces = {"XG": LON, "YC": LAT, "XC": LON, "YG": LAT}
    where = {"XC": np.arange(5.0), "XG": np.arange(5.0) - 0.5}
    where |= {"YC": SOUTH_NORTH, "YG": SOUTH_NORTH - 5}
    time, time_attrs = days("days since 2000-01-01")
    attrs = {"units": "m/s", "mate": "VVEL"}
    data = decoded(
        {
            "UVEL": (("time", "YC", "XG"), values_of(4, 5), attrs),
            "VVEL": (("time", "YG", "XC"), values_of(4, 5, seed=1), {"units": "m/s"}),
            "time": ("time", time, time_attrs),
            "iter": ("time", 72 * np.arange(N)),
            **{name: (name, values, faces[name]) for name, values in where.items()},
        },
        ["iter"],
    )
    error = r"'VVEL' .*'YG', 'XC'.*'UVEL'.*same grid"
    return FileLayout(data, "time", ["UVEL"], SOUTH_NORTH[:, None], error)


def hycom():
    """HYCOM: axes MT, Y, X; 2-D coordinates; Date as a number."""
    lat, lon = mesh()
    time, time_attrs = days("days since 1900-12-31 00:00:00", start=40000.0)
    attrs = {"units": "degC", "coordinates": "Longitude Latitude Date"}
    attrs |= {"_FillValue": np.float32(2**100), "valid_range": [-2.0, 35.0]}
    day = {"long_name": "date", "units": "day as %Y%m%d.%f", "C_format": "%13.4f"}
    values = values_of(1, 4, 5, land=[(0, 2, 2)])
    data = decoded(
        {
            "Date": ("MT", 20100707.0 + np.arange(N), day),
            "Latitude": (("Y", "X"), lat, LAT_2D),
            "Longitude": (("Y", "X"), lon, LON_2D),
            "temperature": (("MT", "Depth", "Y", "X"), values, attrs),
            "MT": ("MT", time, time_attrs | {"calendar": "standard"}),
            "Depth": ("Depth", [0.0], {"units": "m", "positive": "down", "axis": "Z"}),
            "Y": ("Y", np.arange(1, 5), {"point_spacing": "even", "axis": "Y"}),
            "X": ("X", np.arange(1, 6), {"point_spacing": "even", "axis": "X"}),
        }
    )
    return FileLayout(data, "MT", ["temperature"], lat, dates="MT")
