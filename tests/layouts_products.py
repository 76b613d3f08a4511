"""Small Datasets in the layouts of gridded products, unstructured grids and forecasts.

Continues `layouts_observed`.
"""

import cftime
import numpy as np
import xarray as xr
from layouts import (
    LAT,
    LAT_2D,
    LON,
    LON_2D,
    SOUTH_NORTH,
    TIME,
    WEST_EAST,
    FileLayout,
    N,
    bounds,
    days,
    decoded,
    mesh,
    values_of,
)
from layouts_observed import DOWN, NORTH_SOUTH, icon

CELLS = np.array([-60.0, -20, 0, 30, 70])
UP = SOUTH_NORTH[:, None]


def regular(name, values, units, time=("days since 2000-01-01",), south=True, **attrs):
    """Make a Dataset on time, lat and lon in the order of the dimensions given."""
    numbers, time_attrs = days(*time)
    lat = SOUTH_NORTH if south else NORTH_SOUTH
    return decoded(
        {
            name: (("time", "lat", "lon"), values, {"units": units} | attrs),
            "time": ("time", numbers, time_attrs),
            "lat": ("lat", lat.astype("f4"), LAT),
            "lon": ("lon", np.arange(5, dtype="f4"), LON),
        }
    )


# Gridded products


def imerg():
    """IMERG: time, lon, lat in this order, bounds of time, Julian calendar."""
    numbers, time_attrs = days("days since 1980-01-06 00:00:00 UTC", 30.0, 7300.0)
    time_attrs["calendar"] = "julian"
    data = decoded(
        {
            "precipitation": (
                ("time", "lon", "lat"),
                values_of(5, 4),
                {"units": "mm/hr", "_FillValue": np.float32(-9999.9)},
            ),
            "time_bnds": (("time", "nv"), bounds(numbers)),
            "time": ("time", numbers, time_attrs | {"bounds": "time_bnds"}),
            "lat": ("lat", SOUTH_NORTH.astype("f4"), LAT),
            "lon": ("lon", np.arange(5, dtype="f4"), LON),
        }
    )
    return FileLayout(data, "time", ["precipitation"], SOUTH_NORTH[None])


def hadisst():
    """HadISST: north to south, -1000 where ice hides the water in some months."""
    values = values_of(4, 5, land=[(2, 2)])
    attrs = {"standard_name": "sea_surface_temperature", "cell_methods": "time: mean"}
    attrs |= {"_FillValue": np.float32(-1e30)}
    data = regular("sst", values, "C", ("days since 1870-01-01", 30.5), False, **attrs)
    return FileLayout(data, "time", ["sst"], DOWN)


def hadisst_ice():
    """HadISST with its flag -1000, which no attribute declares, in some months."""
    data = hadisst().data.compute()
    data.sst[:5, 0, 0] = -1000.0
    return FileLayout(data, "time", ["sst"], DOWN, r"'sst'.*-1000")


def e_obs():
    """E-OBS: gaps in some days."""
    data = hadisst().data.compute()
    data.sst[3, 1, 1] = np.nan
    error = r"sample 3 at variable 'sst', lat=50.0, lon=1.0.*fill_missing"
    return FileLayout(data, "time", ["sst"], DOWN, error)


def ice_polar():
    """Sea ice concentration of NSIDC: x and y in metres, positions as 2-D variables."""
    lat, lon = mesh()
    numbers, time_attrs = days("days since 1970-01-01")
    meters = {"units": "meters", "standard_name": "projection_y_coordinate"}
    attrs = {"units": "1", "grid_mapping": "crs", "coordinates": "latitude longitude"}
    data = decoded(
        {
            "crs": ((), b"", {"grid_mapping_name": "polar_stereographic"}),
            "cdr_seaice_conc": (("time", "y", "x"), values_of(4, 5), attrs),
            "latitude": (("y", "x"), lat, LAT_2D),
            "longitude": (("y", "x"), lon, LON_2D),
            "time": ("time", numbers, time_attrs),
            "y": ("y", 25000.0 * np.arange(4)[::-1], meters | {"axis": "Y"}),
            "x": ("x", 25000.0 * np.arange(5), {"units": "meters", "axis": "X"}),
        }
    )
    return FileLayout(data, "time", ["cdr_seaice_conc"], lat)


def godas():
    """GODAS of PSL: level of size 1, int64 dates as text in an attribute."""
    data = regular("ucur", values_of(4, 5, land=[(1, 1)]), "m/s")
    level = {"units": "m", "positive": "down", "actual_range": [5.0, 5.0]}
    data = data.expand_dims(level=[5.0], axis=1)
    data.level.attrs = level
    return FileLayout(data, "time", ["ucur"], UP)


def climatology_of_months():
    """A derived climatology: the samples are months as numbers without a time."""
    data = regular("sst", values_of(4, 5), "degC").drop_vars("time")
    data = data.rename(time="month").assign_coords(month=np.arange(1, N + 1))
    return FileLayout(data, "month", ["sst"], UP, dates=None)


def weatherbench():
    """WeatherBench 2: longitude before latitude, level in int, north last."""
    hours, time_attrs = days("hours since 1959-01-01", 6.0, calendar="standard")
    dims = ("time", "level", "longitude", "latitude")
    data = decoded(
        {
            "geopotential": (dims, values_of(1, 5, 4), {"units": "m**2 s**-2"}),
            "time": ("time", hours.astype("i8"), {"units": time_attrs["units"]}),
            "level": ("level", [500]),
            "longitude": ("longitude", WEST_EAST, LON),
            "latitude": ("latitude", SOUTH_NORTH, LAT),
        }
    )
    return FileLayout(data, "time", ["geopotential"], SOUTH_NORTH[None])


def hf_radar():
    """HF radar of CMEMS: upper-case names, flags of quality in bytes, depth 0."""
    numbers, time_attrs = days("days since 1950-01-01T00:00:00Z", 1 / 24, 2.6e4)
    dims = ("TIME", "DEPTH", "LATITUDE", "LONGITUDE")
    flags = {"flag_values": np.arange(10, dtype="i1"), "valid_range": [0, 9]}
    flags["flag_meanings"] = " ".join(f"m{i}" for i in range(10))
    variables = {
        "TIME": ("TIME", numbers, time_attrs),
        "DEPTH": ("DEPTH", np.zeros(1, "f4"), {"units": "m", "axis": "Z"}),
        "LATITUDE": ("LATITUDE", SOUTH_NORTH.astype("f4"), LAT),
        "LONGITUDE": ("LONGITUDE", np.arange(5, dtype="f4"), LON),
        "crs": ((), np.int16(0), {"grid_mapping_name": "latitude_longitude"}),
    }
    for i, name in enumerate(["EWCT", "NSCT"]):
        values = values_of(1, 4, 5, seed=i, land=[(0, 1, 1)])
        attrs = {"units": "m s-1", "ancillary_variables": f"{name}_QC"}
        variables[name] = (dims, values, attrs)
        variables[f"{name}_QC"] = (dims, np.ones((N, 1, 4, 5), "i1"), flags)
    return FileLayout(
        decoded(variables), "TIME", ["EWCT", "NSCT"], UP, "EWCT_QC", "TIME"
    )


def swath():
    """A drifting swath: positions change with time, so there is no fixed grid."""
    lat, lon = mesh()
    where = ("time", "nj", "ni")
    numbers, time_attrs = days("days since 2000-01-01")
    moving = np.arange(N)[:, None, None]
    data = decoded(
        {
            "lat": (where, lat + 0.1 * moving, LAT_2D),
            "lon": (where, lon + 1.0 * moving, LON_2D),
            "sst": (where, values_of(4, 5), {"units": "K", "coordinates": "lat lon"}),
            "time": ("time", numbers, time_attrs),
        }
    )
    return FileLayout(data, "time", ["sst"], lat, r"'lat'.*'time'")


def soda():
    """SODA 3: names of MOM5, u on corners, temperature in centres."""
    numbers, time_attrs = days("days since 1980-01-01 00:00:00", 5.0, 2.5, "julian")
    north = {"units": "degrees_N", "cartesian_axis": "Y", "long_name": "tcell latitude"}
    east = {"units": "degrees_E", "cartesian_axis": "X"}
    depth = {"units": "meters", "cartesian_axis": "Z", "positive": "down"}
    dims = ("time", "st_ocean", "yt_ocean", "xt_ocean")
    attrs = {"units": "deg_C", "time_avg_info": "average_T1,average_T2,average_DT"}
    data = decoded(
        {
            "temp": (dims, values_of(2, 4, 5, land=[(1, 1, 1)]), attrs),
            "time": ("time", numbers, {"units": time_attrs["units"]}),
            "st_ocean": ("st_ocean", [5.0, 15], depth),
            "yt_ocean": ("yt_ocean", SOUTH_NORTH, north),
            "xt_ocean": ("xt_ocean", np.arange(-279.0, -274), east),
        }
    )
    return FileLayout(data, "time", ["temp"], UP)


def ocean_colour():
    """Ocean colour of CCI: a count of observations without flags, a palette."""
    numbers, time_attrs = days("days since 1970-01-01 00:00:00")
    data = decoded(
        {
            "lat": ("lat", NORTH_SOUTH.astype("f4"), LAT),
            "lon": ("lon", np.arange(5, dtype="f4"), LON),
            "time": ("time", numbers.astype("i4"), time_attrs),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
            "chlor_a": (
                ("time", "lat", "lon"),
                values_of(4, 5, land=[(1, 1)]),
                {"units": "milligram m-3", "ancillary_variables": "total_nobs_sum"},
            ),
            "total_nobs_sum": (
                ("time", "lat", "lon"),
                np.ones((N, 4, 5), "f4"),
                {"long_name": "Count of the total number of observations"},
            ),
            "palette": (("rgb", "eightbitcolor"), np.zeros((3, 256), "u1")),
        }
    )
    return FileLayout(data, "time", ["chlor_a"], DOWN, "'total_nobs_sum'")


def geostationary():
    """GOES imager: angles of the scan in radians are no latitude."""
    numbers, time_attrs = days("seconds since 2000-01-01 12:00:00", 86400.0)
    angle = {"units": "rad", "axis": "Y", "standard_name": "projection_y_coordinate"}
    flag = {"flag_values": np.arange(4, dtype="i1"), "flag_meanings": "a b c d"}
    attrs = {"units": "K", "grid_mapping": "goes_imager_projection"}
    data = decoded(
        {
            "CMI": (("t", "y", "x"), values_of(4, 5, mean=280), attrs),
            "DQF": (("t", "y", "x"), np.zeros((N, 4, 5), "i1"), flag),
            "goes_imager_projection": ((), 0, {"grid_mapping_name": "geostationary"}),
            "t": ("t", numbers, time_attrs),
            "y": ("y", [0.1, 0.08, 0.06, 0.04], angle),
            "x": ("x", 0.02 * np.arange(5), {"units": "rad", "axis": "X"}),
        }
    )
    return FileLayout(data, "t", ["CMI"], None, "'DQF'", "t")


def merra2():
    """MERRA-2: attributes fmissing_value and vmax, dates in attributes of time."""
    numbers, time_attrs = days("minutes since 1980-01-01 00:30:00", 1440.0)
    attrs = {"units": "m s-1", "_FillValue": np.float32(1e15)}
    attrs |= {"missing_value": np.float32(1e15), "fmissing_value": np.float32(1e15)}
    attrs |= {"vmax": np.float32(1e15), "valid_range": np.array([-1e15, 1e15], "f4")}
    begin = {"begin_date": np.int32(19800101), "units": time_attrs["units"]}
    variables = {
        "lat": ("lat", SOUTH_NORTH, {"units": "degrees_north"}),
        "lon": ("lon", np.arange(5.0) - 180, {"units": "degrees_east"}),
        "time": ("time", numbers.astype("i4"), begin),
    }
    for i, name in enumerate(["U10M", "V10M"]):
        variables[name] = (("time", "lat", "lon"), values_of(4, 5, seed=i), attrs)
    return FileLayout(decoded(variables), "time", ["U10M", "V10M"], UP)


def forecast_thredds():
    """GFS of a THREDDS server: axis types of Unidata, reference time as a scalar."""
    numbers, _ = days("Hour since 2020-01-01T00:00:00Z", 6.0)
    hours = {"units": "Hour since 2020-01-01T00:00:00Z"}
    dims = ("time1", "isobaric", "lat", "lon")
    attrs = {"units": "gpm", "coordinates": "reftime time1 isobaric lat lon"}
    data = decoded(
        {
            "LatLon_Projection": ((), 0, {"grid_mapping_name": "latitude_longitude"}),
            "reftime": ((), 0.0, hours | {"standard_name": "forecast_reference_time"}),
            "time1": ("time1", numbers, hours | {"_CoordinateAxisType": "Time"}),
            "isobaric": ("isobaric", [5e4], {"units": "Pa", "positive": "down"}),
            "lat": ("lat", NORTH_SOUTH, {"_CoordinateAxisType": "Lat"}),
            "lon": ("lon", np.arange(5.0), {"_CoordinateAxisType": "Lon"}),
            "hgt": (dims, values_of(1, 4, 5, size=50, mean=5e3), attrs),
        }
    )
    return FileLayout(data, "time1", ["hgt"], DOWN, dates="time1")


def argo_gridded():
    """Argo climatology of Scripps: months since 2004, which xarray leaves as numbers.

    The mean has no time.
    """
    dims = ("TIME", "PRESSURE", "LATITUDE", "LONGITUDE")
    data = xr.Dataset(
        {
            "MEAN": (dims[1:], np.ones((2, 4, 5), "f4"), {"units": "degree celcius"}),
            "ANOMALY": (dims, values_of(2, 4, 5), {"units": "degree celcius"}),
        },
        coords={
            "LONGITUDE": (dims[3], 20.5 + np.arange(5.0), {"units": "degrees_east"}),
            "LATITUDE": (dims[2], SOUTH_NORTH, {"units": "degrees_north"}),
            "PRESSURE": (dims[1], [2.5, 10.0], {"units": "dbar", "positive": "down"}),
            "TIME": (dims[0], np.arange(N) + 0.5, {"units": "months since 2004-01-01"}),
        },
    )
    return FileLayout(data, "TIME", ["ANOMALY"], UP, dates=None)


def wave_spectra():
    """Spectra at stations: positions have the dimension time, but do not move."""
    numbers, time_attrs = days("days since 1990-01-01")
    lat = np.array([30.0, 60.0])
    where = ("time", "station")
    toward = {"units": "degree", "standard_name": "sea_surface_wave_to_direction"}
    data = decoded(
        {
            "time": ("time", numbers, time_attrs),
            "station": ("station", [1, 2], {"long_name": "station id", "axis": "X"}),
            "latitude": (where, np.tile(lat, (N, 1)), LAT_2D),
            "longitude": (where, np.tile(lat, (N, 1)), LON_2D),
            "frequency": ("frequency", [0.05, 0.1, 0.2], {"units": "s-1"}),
            "direction": ("direction", [0.0, 90, 180, 270], toward),
            "dpt": (where, np.full((N, 2), 10.0, "f4"), {"units": "m"}),
            "efth": ((*where, "frequency", "direction"), values_of(2, 3, 4)),
        },
        ["latitude", "longitude"],
    )
    error = r"'dpt'.*same grid"
    return FileLayout(data, "time", ["efth"], lat[:, None, None], error)


# Unstructured grids


def cam_se():
    """CAM on the cubed sphere: columns with lat and lon, and their areas."""
    numbers, time_attrs = days("days since 0001-01-01 00:00:00", calendar="noleap")
    data = decoded(
        {
            "lat": ("ncol", CELLS, {"units": "degrees_north"}),
            "lon": ("ncol", CELLS, {"units": "degrees_east"}),
            "area": ("ncol", np.ones(5), {"long_name": "physics grid areas"}),
            "hyam": ("lev", [0.1, 0.2]),
            "date": ("time", np.arange(10101, 10101 + N, dtype="i4")),
            "datesec": ("time", np.zeros(N, "i4")),
            "time_bnds": (("time", "nbnd"), bounds(numbers)),
            "PSL": (
                ("time", "ncol"),
                values_of(5, size=800, mean=1e5),
                {"units": "Pa"},
            ),
            "time": ("time", numbers, time_attrs | {"bounds": "time_bnds"}),
        },
        ["lat", "lon"],
    )
    return FileLayout(data, "time", ["PSL"], CELLS, "'date' holds")


def ugrid():
    """A mesh by UGRID: nodes and faces, connectivity with its own fill value."""
    numbers, time_attrs = days("seconds since 2000-01-01", 86400.0)
    mesh_attrs = {"cf_role": "mesh_topology", "topology_dimension": 2}
    faces = np.array([[0, 1, 2], [1, 2, 3]])
    attrs = {"units": "m", "mesh": "mesh2d", "location": "node"}
    attrs["coordinates"] = "mesh2d_node_x mesh2d_node_y"
    connectivity = {"cf_role": "face_node_connectivity", "start_index": 0}
    data = decoded(
        {
            "mesh2d": ((), 0, mesh_attrs),
            "mesh2d_node_x": ("nNodes", CELLS, LON_2D),
            "mesh2d_node_y": ("nNodes", CELLS, LAT_2D),
            "mesh2d_face_nodes": (("nFaces", "three"), faces, connectivity),
            "zeta": (("time", "nNodes"), values_of(5), attrs),
            "time": ("time", numbers, time_attrs),
        }
    )
    return FileLayout(data, "time", ["zeta"], CELLS)


def healpix_located():
    """HEALPix with positions attached to the cells."""
    data = icon().data.rename(ncells="cell", clat="lat", clon="lon")
    data = data.assign_coords(
        lat=("cell", CELLS, LAT_2D), lon=("cell", CELLS, LON_2D), cell=np.arange(5)
    )
    return FileLayout(data[["ts"]], "time", ["ts"], CELLS)


def gaussian_reduced():
    """Reduced Gaussian grid of cfgrib: values with latitude and longitude."""
    layout = healpix_located()
    data = layout.data.drop_vars("cell")
    names = {"cell": "values", "lat": "latitude", "lon": "longitude"}
    return FileLayout(data.rename(names), "time", ["ts"], CELLS)


def stacked():
    """Points stacked by the user into a MultiIndex."""
    data = regular("sst", values_of(4, 5), "K")
    stacked = data.stack(point=["lat", "lon"])
    return FileLayout(stacked, "time", ["sst"], np.repeat(SOUTH_NORTH, 5))


def adcirc():
    """ADCIRC: x and y are degrees; the time has no date."""
    data = xr.Dataset(
        {
            "element": (("nele", "nvertex"), np.array([[1, 2, 3]])),
            "depth": ("node", np.ones(5), {"units": "m"}),
            "zeta": (("time", "node"), values_of(5), {"units": "m", "mesh": "mesh"}),
        },
        coords={
            "x": ("node", CELLS, LON_2D),
            "y": ("node", CELLS, LAT_2D),
            "time": ("time", 3600.0 * np.arange(N), {"units": "seconds since NCDATE"}),
        },
    )
    return FileLayout(data, "time", ["zeta"], CELLS, dates=None)


# Forecasts


def seas5_monthly():
    """SEAS5 of the CDS: starts as samples; members and months are on the grid."""
    values = np.stack([values_of(4, 5, seed=i) for i in range(2)], axis=1)
    reference = {"standard_name": "forecast_reference_time"}
    dims = ("forecast_reference_time", "forecastMonth", "latitude", "longitude")
    starts = np.array(
        [np.datetime64(f"{1993 + i}-11-01", "ns") for i in range(N)], "M8[ns]"
    )
    data = xr.Dataset(
        {"msl": (dims, values, {"units": "Pa"})},
        coords={
            "forecast_reference_time": (dims[0], starts, reference),
            "forecastMonth": ("forecastMonth", [1, 2], {"units": "months"}),
            "number": ((), 0, {"standard_name": "realization"}),
            "latitude": ("latitude", NORTH_SOUTH, LAT),
            "longitude": ("longitude", WEST_EAST, LON),
        },
    )
    return FileLayout(data, dims[0], ["msl"], DOWN, dates=dims[0])


def nmme():
    """NMME of the IRI library: S in months since 1960, calendar 360, L in months."""
    numbers, time_attrs = days("months since 1960-01-01", 1.0, 300.0, "360")
    time_attrs |= {"standard_name": "forecast_reference_time"}
    lead = {"standard_name": "forecast_period", "units": "months"}
    data = xr.Dataset(
        {"sst": (("S", "L", "Y", "X"), values_of(2, 4, 5), {"units": "Kelvin_scale"})},
        coords={
            "S": ("S", numbers, time_attrs),
            "L": ("L", [0.5, 1.5], lead),
            "Y": ("Y", SOUTH_NORTH, {"units": "degree_north"}),
            "X": ("X", np.arange(5.0), {"units": "degree_east"}),
        },
    )
    return FileLayout(data, "S", ["sst"], UP, dates=None)


def before_1678():
    """A long control run: dates of cftime in the years 1 to 24, decoded."""
    data = regular("tos", values_of(4, 5), "degC")
    dates = [cftime.DatetimeNoLeap(1 + i, 7, 1) for i in range(N)]
    data = data.assign_coords(time=("time", dates, TIME))
    return FileLayout(data, "time", ["tos"], UP)


def ensemble_of_models():
    """Members concatenated by the user under names of models as text."""
    data = regular("tos", values_of(4, 5), "degC")
    both = xr.concat([data, data + 1], xr.Variable("model", ["ACCESS", "CESM2"]))
    return FileLayout(both.transpose("time", ...), "time", ["tos"], UP)
