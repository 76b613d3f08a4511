"""Small Datasets in the layouts of reanalyses, satellites, stations and forecasts."""

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

NORTH_SOUTH = SOUTH_NORTH[::-1].copy()
DOWN = NORTH_SOUTH[:, None]


def packed(values):
    """Pack values as int16 with a scale and an offset."""
    scale, offset = np.nanmax(np.abs(values)) / 3e4, 0.0
    stored = np.where(np.isnan(values), -32767, np.round(values / scale))
    attrs = {"scale_factor": scale, "add_offset": offset}
    attrs |= {"_FillValue": np.int16(-32767), "missing_value": np.int16(-32767)}
    return stored.astype("i2"), attrs


# Reanalyses


def era5_old():
    """ERA5 of the CDS until 2024: packed, north to south, int32 hours since 1900."""
    hours, time_attrs = days(
        "hours since 1900-01-01 00:00:00.0", 24, 920424, dtype="i4"
    )
    time_attrs = {"units": time_attrs["units"], "calendar": "gregorian"}
    time_attrs |= {"long_name": "time"}
    variables = {
        "longitude": (
            "longitude",
            np.arange(358.0, 363) % 360,
            {"units": LON["units"]},
        ),
        "latitude": ("latitude", NORTH_SOUTH.astype("f4"), {"units": LAT["units"]}),
        "time": ("time", hours, time_attrs),
    }
    for i, name in enumerate(["u10", "v10"]):
        stored, attrs = packed(values_of(4, 5, size=5, seed=i))
        attrs |= {"units": "m s**-1", "long_name": f"10 metre {name[0].upper()} wind"}
        variables[name] = (("time", "latitude", "longitude"), stored, attrs)
    return FileLayout(decoded(variables), "time", ["u10", "v10"], DOWN)


def era5_expver():
    """ERA5 and ERA5T in one file: each has values where the other has none."""
    data = era5_old().data[["u10"]]
    final = xr.DataArray(np.arange(N) < 20, dims="time")
    both = xr.concat([data.u10.where(final), data.u10.where(~final)], "expver")
    both = both.assign_coords(expver=np.array([1, 5], "i4"))
    both = both.transpose("time", "expver", ...)
    return FileLayout(both.to_dataset(), "time", ["u10"], DOWN, "expver=5")


def era5_new(level=False):
    """ERA5 of the CDS since 2024: valid_time, number, expver as text."""
    seconds, attrs = days("seconds since 1970-01-01", 86400, 1e9 // 86400 * 86400)
    time_attrs = {"long_name": "time", "standard_name": "time", "units": attrs["units"]}
    time_attrs |= {"calendar": "proleptic_gregorian"}
    number = {"long_name": "ensemble member numerical id", "units": "1"}
    number |= {"standard_name": "realization"}
    down = LAT | {"stored_direction": "decreasing"}
    attrs = {
        "units": "m**2 s**-2",
        "standard_name": "geopotential",
        "GRIB_paramId": 129,
    }
    attrs |= {"_FillValue": np.float32(np.nan), "GRIB_missingValue": 3.4028e38}
    attrs |= {"coordinates": "number expver"}
    pressure = {"units": "hPa", "positive": "down", "standard_name": "air_pressure"}
    dims = ("valid_time", "pressure_level", "latitude", "longitude")
    data = decoded(
        {
            "number": ((), 0, number),
            "expver": ("valid_time", np.array(["0001"] * (N - 2) + ["0005"] * 2)),
            "z": (dims, values_of(1, 4, 5, size=800, mean=5e4), attrs),
            "valid_time": ("valid_time", seconds.astype("i8"), time_attrs),
            "pressure_level": ("pressure_level", [500.0], pressure),
            "latitude": ("latitude", NORTH_SOUTH, down),
            "longitude": ("longitude", WEST_EAST, LON),
        },
        Conventions="CF-1.7",
        GRIB_centre="ecmf",
    )
    if not level:
        data = data.isel(pressure_level=0)
    return FileLayout(data, "valid_time", ["z"], DOWN, dates="valid_time")


def era5_new_level():
    """A pressure level as a dimension of size 1."""
    return era5_new(level=True)


def cfgrib():
    """ERA5 read by cfgrib: scalar number, step and surface; valid_time on time."""
    data = era5_old().data
    period = {"standard_name": "forecast_period"}
    period["long_name"] = "time since forecast_reference_time"
    data = data.assign_coords(
        number=((), 0, {"standard_name": "realization", "units": "1"}),
        step=((), np.timedelta64(0, "ns"), period),
        surface=((), 0.0, {"units": "1", "long_name": "original GRIB coordinate"}),
        valid_time=("time", data.time.data, {"standard_name": "time"}),
    )
    data.time.attrs = {"standard_name": "forecast_reference_time"}
    for name in data:
        data[name].attrs |= {"GRIB_gridType": "regular_ll", "GRIB_shortName": name}
    return FileLayout(data, "time", ["u10", "v10"], DOWN)


def cfgrib_step():
    """A forecast read by cfgrib, one run: the samples are the steps."""
    data = cfgrib().data.drop_vars(["time", "step", "valid_time"])
    step = np.arange(N) * np.timedelta64(6, "h").astype("m8[ns]")
    start = np.datetime64("2020-01-01", "ns")
    data = data.rename(time="step").assign_coords(
        step=("step", step, {"standard_name": "forecast_period"}),
        time=((), start, {"standard_name": "forecast_reference_time"}),
        valid_time=("step", start + step, {"standard_name": "time"}),
    )
    return FileLayout(data, "step", ["u10", "v10"], DOWN, dates="valid_time")


def ncep():
    """NCEP/NCAR reanalysis 1 of PSL: packed, level, hours since 1800, actual_range."""
    hours, time_attrs = days("hours since 1800-01-01 00:00:0.0", 24.0, 1.8e6)
    stored, attrs = packed(values_of(2, 4, 5, size=60, mean=3000))
    attrs |= {
        "units": "m",
        "level_desc": "Multiple levels",
        "dataset": "NCEP Reanalysis",
    }
    attrs |= {"actual_range": np.array([-500.0, 9000]), "valid_range": [-32765, 32765]}
    level = {"units": "millibar", "positive": "down", "axis": "Z"}
    data = decoded(
        {
            "level": ("level", np.array([1000.0, 500], "f4"), level),
            "lat": ("lat", NORTH_SOUTH.astype("f4"), LAT),
            "lon": ("lon", np.arange(0.0, 12.5, 2.5, "f4"), LON),
            "time": ("time", hours, time_attrs | {"delta_t": "0000-00-01 00:00:00"}),
            "hgt": (("time", "level", "lat", "lon"), stored, attrs),
        },
        Conventions="COARDS",
    )
    return FileLayout(data, "time", ["hgt"], DOWN)


def narr():
    """NARR: Lambert conformal, y and x in metres, coordinates lat and lon."""
    lat, lon = mesh()
    hours, time_attrs = days("hours since 1800-1-1 00:00:0.0", 24.0, 1.8e6)
    attrs = {"units": "Pascals", "grid_mapping": "Lambert_Conformal"}
    attrs |= {
        "coordinates": "lat lon",
        "GRIB_id": 2,
        "_FillValue": np.float32(-9.97e36),
    }
    meters = {"units": "m", "long_name": "northward distance from southwest corner"}
    conic = {"grid_mapping_name": "lambert_conformal_conic"}
    data = decoded(
        {
            "lat": (("y", "x"), lat, {"units": "degrees_north", "axis": "Y"} | LAT_2D),
            "lon": (("y", "x"), lon, {"units": "degrees_east", "axis": "X"} | LON_2D),
            "Lambert_Conformal": ((), 0, conic),
            "y": ("y", 32463.0 * np.arange(4), meters | {"axis": "Y"}),
            "x": ("x", 32463.0 * np.arange(5), meters | {"axis": "X"}),
            "prmsl": (("time", "y", "x"), values_of(4, 5, size=800, mean=1e5), attrs),
            "time_bnds": (("time", "nbnds"), bounds(hours)),
            "time": ("time", hours, time_attrs | {"bounds": "time_bnds"}),
        }
    )
    return FileLayout(data, "time", ["prmsl"], lat)


def glorys():
    """GLORYS of CMEMS: currents have a depth, sea level has none."""
    hours, time_attrs = days("hours since 1950-01-01", 24.0, 4e5)
    variables = {
        "depth": ("depth", [0.494], {"units": "m", "positive": "down", "axis": "Z"}),
        "latitude": ("latitude", SOUTH_NORTH.astype("f4"), LAT),
        "longitude": ("longitude", np.arange(5, dtype="f4"), LON),
        "time": ("time", hours.astype("f4"), time_attrs),
    }
    where = ("latitude", "longitude")
    for i, name in enumerate(["uo", "vo"]):
        stored, attrs = packed(values_of(1, 4, 5, seed=i, land=[(0, 1, 1)]))
        attrs["units"] = "m s-1"
        variables[name] = (("time", "depth", *where), stored, attrs)
    stored, attrs = packed(values_of(4, 5, land=[(1, 1)]))
    variables["zos"] = (("time", *where), stored, attrs | {"units": "m"})
    error = r"'zos' .*'uo'.*same grid"
    data = decoded(variables)
    return FileLayout(data, "time", ["uo", "vo"], SOUTH_NORTH[:, None], error)


# Satellites


def altimetry():
    """CMEMS sea level: bounds with time, a flag, errors, a grid mapping."""
    time, time_attrs = days("days since 1950-01-01 00:00:00", 1.0, 2e4, dtype="f4")
    box = np.stack([bounds(SOUTH_NORTH)] * N).astype("f4")
    dims = ("time", "latitude", "longitude")
    variables = {
        "crs": ((), -2147483647, {"grid_mapping_name": "latitude_longitude"}),
        "lat_bnds": (("time", "latitude", "nv"), box, {"units": LAT["units"]}),
        "lon_bnds": (("longitude", "nv"), bounds(np.arange(5.0))),
        "nv": ("nv", np.arange(2, dtype="i4"), {"units": "1"}),
        "latitude": ("latitude", SOUTH_NORTH, LAT | {"bounds": "lat_bnds"}),
        "longitude": ("longitude", np.arange(5.0), LON | {"bounds": "lon_bnds"}),
        "time": ("time", time, time_attrs),
    }
    for i, name in enumerate(["ugos", "vgos", "sla", "err_sla"]):
        stored, attrs = packed(values_of(4, 5, seed=i, land=[(2, 2)]))
        attrs |= {"units": "m" if "sla" in name else "m/s", "grid_mapping": "crs"}
        variables[name] = (dims, stored, attrs)
    flag = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "no_ice ice"}
    variables["flag_ice"] = (dims, np.zeros((N, 4, 5), "i1"), flag)
    error = r"flag_ice"
    data = decoded(variables)
    return FileLayout(data, "time", ["ugos", "vgos"], SOUTH_NORTH[:, None], error)


def ghrsst():
    """GHRSST L4 (MUR): kelvin, mask of bits, ice fraction in NaN over open water."""
    seconds, time_attrs = days("seconds since 1981-01-01 00:00:00 UTC", 86400, 8e8)
    dims = ("time", "lat", "lon")
    stored, attrs = packed(values_of(4, 5, size=2, mean=290, land=[(0, 3)]))
    attrs |= {"units": "kelvin", "standard_name": "sea_surface_foundation_temperature"}
    mask = np.ones((N, 4, 5), "i1")
    mask[:, 0, 3] = 2
    flags = {"flag_masks": np.array([1, 2, 4, 8, 16], "i1")}
    flags["flag_meanings"] = "open_sea land open_lake open_sea_with_ice coast"
    data = decoded(
        {
            "time": ("time", seconds.astype("i4"), time_attrs),
            "lat": ("lat", SOUTH_NORTH.astype("f4"), LAT),
            "lon": ("lon", np.arange(5, dtype="f4") - 180, LON),
            "analysed_sst": (dims, stored, attrs | {"coordinates": "lon lat"}),
            "mask": (dims, mask, flags | {"coordinates": "lon lat"}),
        }
    )
    return FileLayout(data, "time", ["analysed_sst"], SOUTH_NORTH[:, None], "mask")


def oisst():
    """OISST: depth of size 1, three fields in Celsius and one in percent."""
    time, time_attrs = days("days since 1978-01-01 12:00:00", 1.0, 1e4, dtype="f4")
    variables = {
        "zlev": ("zlev", [0.0], {"units": "meters", "positive": "down"}),
        "lat": ("lat", SOUTH_NORTH, {"units": LAT["units"], "grids": "Uniform grid"}),
        "lon": ("lon", np.arange(5.0), {"units": LON["units"]}),
        "time": ("time", time, {"units": time_attrs["units"]}),
    }
    for i, name in enumerate(["sst", "anom", "ice"]):
        stored, attrs = packed(values_of(1, 4, 5, seed=i, land=[(0, 0, 0)]))
        attrs["units"] = "%" if name == "ice" else "Celsius"
        variables[name] = (("time", "zlev", "lat", "lon"), stored, attrs)
    data = decoded(variables)
    error = r"ice.*scale='variable'"
    return FileLayout(data, "time", ["sst", "anom"], SOUTH_NORTH[:, None], error)


def globcurrent():
    """GlobCurrent: north to south or not, velocities with counts and quality."""
    hours, time_attrs = days("hours since 1950-01-01 00:00:00", 24.0, 4.5e5)
    variables = {
        "lat": ("lat", SOUTH_NORTH.astype("f4"), LAT),
        "lon": ("lon", np.arange(5, dtype="f4"), LON),
        "time": ("time", hours, time_attrs | {"calendar": "standard"}),
        "depth": ("depth", [15.0], {"units": "m", "positive": "down", "axis": "Z"}),
    }
    for i, name in enumerate(["eastward_eulerian_current_velocity", "northward"]):
        stored, attrs = packed(values_of(4, 5, seed=i, land=[(1, 1)]))
        attrs |= {"units": "m s-1", "coordinates": "lon lat"}
        variables[name] = (("time", "lat", "lon"), stored, attrs)
    names = ["eastward_eulerian_current_velocity", "northward"]
    return FileLayout(decoded(variables), "time", names, SOUTH_NORTH[:, None])


def oscar():
    """OSCAR: time, longitude, latitude in this order; longitude to 420 degrees."""
    time, time_attrs = days("days since 1990-1-1", 1.0, 1e4, calendar="julian")
    values = values_of(5, 4, land=[(1, 1)])
    data = decoded(
        {
            "lat": ("lat", SOUTH_NORTH.astype("f4"), LAT),
            "lon": ("lon", 400 + np.arange(5, dtype="f4"), LON),
            "time": ("time", time, time_attrs),
            "u": (("time", "lon", "lat"), values, {"units": "m s-1"}),
        }
    )
    return FileLayout(data, "time", ["u"], SOUTH_NORTH[None])


def iridl():
    """The data library of IRI: months since 1960 in a calendar named 360."""
    months, time_attrs = days("months since 1960-01-01", 1.0, 0.5, "360")
    variables = {
        "Y": ("Y", SOUTH_NORTH, {"units": "degree_north", "standard_name": "latitude"}),
        "X": ("X", np.arange(5.0), {"units": "degree_east"}),
        "T": ("T", months, time_attrs),
        "ssta": (("T", "Y", "X"), values_of(4, 5), {"units": "degree_Celsius"}),
    }
    data = xr.decode_cf(xr.Dataset(variables), decode_times=False)
    return FileLayout(data, "T", ["ssta"], SOUTH_NORTH[:, None], dates=None)


# Stations and unstructured grids


def stations():
    """Tide gauges as time series by CF: text names, scattered positions."""
    time, time_attrs = days("days since 2000-01-01")
    names = np.array([b"BREST", b"CADIZ", b"NEWLYN"])
    data = decoded(
        {
            "station_name": ("station", names, {"cf_role": "timeseries_id"}),
            "lat": ("station", [48.4, 36.5, 50.1], LAT_2D),
            "lon": ("station", [-4.5, -6.3, -5.5], LON_2D),
            "alt": ("station", [3.0, 2.0, 4.0], {"units": "m", "axis": "Z"}),
            "sea_level": (
                ("station", "time"),
                values_of(3).T,
                {"units": "m", "coordinates": "lat lon alt station_name"},
            ),
            "time": ("time", time, time_attrs),
        },
        featureType="timeSeries",
    )
    return FileLayout(data, "time", ["sea_level"], np.array([48.4, 36.5, 50.1]))


def profiles():
    """Argo profiles: a position and a date for each, and levels; no horizontal grid."""
    juld, time_attrs = days("days since 1950-01-01 00:00:00 UTC", 1.7, 2e4)
    rng = np.random.default_rng(0)
    attrs = {"units": "degree_Celsius", "_FillValue": np.float32(99999)}
    attrs["coordinates"] = "JULD LATITUDE LONGITUDE"
    data = decoded(
        {
            "PLATFORM_NUMBER": ("N_PROF", np.array(["6900001 "] * N, "S8")),
            "JULD": ("N_PROF", juld, time_attrs),
            "LATITUDE": ("N_PROF", rng.uniform(0, 60, N), LAT_2D),
            "LONGITUDE": ("N_PROF", rng.uniform(-60, 0, N), LON_2D),
            "TEMP": (("N_PROF", "N_LEVELS"), values_of(6, mean=10), attrs),
        }
    )
    return FileLayout(data, "N_PROF", ["TEMP"], None, "'PLATFORM_NUMBER'", "JULD")


def icon():
    """ICON: cells with their centres in radians, bounds of triangles."""
    lat = np.array([-1.2, -0.4, 0.1, 0.7, 1.3])
    time, time_attrs = days("hours since 2020-01-01", 24.0, dtype="f8")
    corners = np.stack([lat] * 3, -1)
    north = {"standard_name": "latitude", "units": "radian", "bounds": "clat_bnds"}
    east = {"standard_name": "longitude", "units": "radian", "bounds": "clon_bnds"}
    attrs = {"units": "K", "coordinates": "clat clon", "CDI_grid_type": "unstructured"}
    attrs["number_of_grid_in_reference"] = 1
    data = decoded(
        {
            "clat": ("ncells", lat, north),
            "clon": ("ncells", lat, east),
            "clat_bnds": (("ncells", "vertices"), corners),
            "clon_bnds": (("ncells", "vertices"), corners),
            "ts": (("time", "ncells"), values_of(5, mean=280), attrs),
            "time": ("time", time, time_attrs),
        }
    )
    return FileLayout(data, "time", ["ts"], np.rad2deg(lat))


def icon_undecoded():
    """ICON of cdo: dates as numbers 20130101, which xarray does not decode."""
    data = icon().data.drop_vars("time")
    attrs = TIME | {"units": "day as %Y%m%d.%f", "calendar": "proleptic_gregorian"}
    data = data.assign_coords(time=("time", 20130101.0 + np.arange(N), attrs))
    return FileLayout(data, "time", ["ts"], icon().latitude, dates=None)


def mpas():
    """MPAS: latCell in radians without standard names, dates as text.

    Neither is a coordinate in the file.
    """
    lat = np.array([-1.2, -0.4, 0.1, 0.7, 1.3])
    names = [f"2001-01-{1 + i:02d}_00:00:00" for i in range(N)]
    data = decoded(
        {
            "latCell": ("nCells", lat, {"units": "rad", "long_name": "Latitude"}),
            "lonCell": ("nCells", lat, {"units": "rad", "long_name": "Longitude"}),
            "xtime": ("Time", np.array(names, "S64")),
            "t2m": (("Time", "nCells"), values_of(5, mean=280), {"units": "K"}),
        },
        ["latCell", "lonCell"],
    )
    return FileLayout(data, "Time", ["t2m"], np.rad2deg(lat), "'xtime'", None)


def fesom():
    """FESOM: nodes with lat and lon in degrees, which are no coordinates."""
    lat = np.array([-60.0, -20, 0, 30, 70])
    time, time_attrs = days("seconds since 2000-01-01 0:0:0", 86400.0)
    data = decoded(
        {
            "lat": ("nod2", lat, {"units": "degrees_north"}),
            "lon": ("nod2", lat, {"units": "degrees_east"}),
            "sst": (("time", "nod2"), values_of(5), {"units": "C"}),
            "time": ("time", time, time_attrs),
        },
        ["lat", "lon"],
    )
    return FileLayout(data, "time", ["sst"], lat)


def healpix():
    """HEALPix cells: only the number of the cell, and a mapping."""
    time, time_attrs = days("days since 2020-01-01")
    mapping = {"grid_mapping_name": "healpix", "healpix_nside": 1}
    mapping["healpix_order"] = "nest"
    attrs = {"units": "K", "grid_mapping": "crs", "coordinates": "crs"}
    data = decoded(
        {
            "crs": ("crs", [np.nan], mapping),
            "cell": ("cell", np.arange(12), {"standard_name": "healpix_index"}),
            "tas": (("time", "cell"), values_of(12, mean=280), attrs),
            "time": ("time", time, time_attrs),
        }
    )
    return FileLayout(data, "time", ["tas"])


# Forecasts


def hindcast_s2s():
    """S2S of C3S: leadtime as timedelta, one date of start for each sample."""
    rng = np.random.default_rng(0)
    starts, attrs = days("hours since 1970-01-01", 24 * 30, 24 * 9000, dtype="i8")
    attrs = {"standard_name": "forecast_reference_time", "units": attrs["units"]}
    values = values_of(4, 5)
    values = np.stack([values, values + 0.01 * rng.standard_normal(values.shape)], 1)
    period = {"standard_name": "forecast_period", "units": "hours"}
    dims = ("forecast_reference_time", "number", "latitude", "longitude")
    data = decoded(
        {
            "forecast_reference_time": ("forecast_reference_time", starts, attrs),
            "number": ("number", np.arange(2), {"standard_name": "realization"}),
            "forecast_period": ((), 744, period | {"dtype": "timedelta64[ns]"}),
            "latitude": ("latitude", NORTH_SOUTH, LAT),
            "longitude": ("longitude", WEST_EAST, LON),
            "t2m": (dims, values.astype("f4"), {"units": "K"}),
        }
    )
    return FileLayout(data, "forecast_reference_time", ["t2m"], DOWN[None], dates=None)
