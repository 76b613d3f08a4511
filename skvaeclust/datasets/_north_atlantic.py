"""Winter sea level pressure over the North Atlantic."""

from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch

from skvaeclust._limits import checked
from skvaeclust.datasets import _geostrophic_wind
from skvaeclust.datasets._labelled import import_xarray

FILE_NAME = "ncep_slp_north_atlantic_djf_2001_2010.npz"

TITLE = "North Atlantic sea level pressure, winters 2001 to 2010"
SOURCE = """\
NCEP-NCAR Reanalysis 1 data provided by the NOAA PSL, Boulder, Colorado, USA. A work of
the United States government, in the public domain."""
REFERENCE = """\
E. Kalnay et al. (1996), The NCEP/NCAR 40-Year Reanalysis Project, Bulletin of the
American Meteorological Society, 77, 437-471."""
DESCR = f"""\
{TITLE}
{len(TITLE) * "-"}
Daily mean sea level pressure, hPa, of the 902 days of December, January and February
2001-2010, from 30 N to 70 N and from 70 W to 10 E, every 2.5 degrees.

{SOURCE}

{REFERENCE}
"""
VARIABLES = {  # name, units and standard name
    "sea_level_pressure": ("slp", "hPa", "air_pressure_at_mean_sea_level"),
    "eastward_wind": ("u", "m s-1", "geostrophic_eastward_wind"),
    "northward_wind": ("v", "m s-1", "geostrophic_northward_wind"),
}


def _read_pressure():
    """Read pressure (hPa), time, latitude and longitude."""
    path = files("skvaeclust.datasets") / "data" / FILE_NAME
    with path.open("rb") as stream, np.load(stream) as arrays:
        # Stored as int16: hundredths of hPa, relative to 1000 hPa.
        pressure = (100_000 + arrays["pressure"].astype(float)) / 100
        return pressure, arrays["time"], arrays["latitude"], arrays["longitude"]


def _label(bunch):
    """Convert the data to a Dataset with the attributes of the CF conventions."""
    xr = import_xarray()
    north = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    east = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    data = xr.Dataset(
        coords={
            "time": ("time", bunch.time.astype("M8[s]"), {"standard_name": "time"}),
            "lat": ("lat", bunch.latitude, north),
            "lon": ("lon", bunch.longitude, east),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": TITLE,
            "source": " ".join(SOURCE.split()),
            "references": " ".join(REFERENCE.split()),
        },
    )
    for i, feature in enumerate(bunch.feature_names):
        name, units, standard_name = VARIABLES[feature]
        attrs = {"units": units, "standard_name": standard_name}
        attrs["long_name"] = feature.replace("_", " ")
        data[name] = (("time", "lat", "lon"), bunch.data[:, i], attrs)
    return data


@checked({"geostrophic_wind": ["boolean"], "as_xarray": ["boolean"]})
def load_north_atlantic_slp(*, geostrophic_wind=False, as_xarray=False):
    r"""Load daily winter sea level pressure over the North Atlantic.

    The 902 fields are the days of December, January and February 2001-2010. Their
    recurring patterns are known as the Euro-Atlantic weather regimes. There are no true
    labels.

    Parameters
    ----------
    geostrophic_wind : bool, default=False
        Whether to return the geostrophic wind instead of the pressure.
    as_xarray : bool, default=False
        Whether to return a Dataset instead of a Bunch. Needs xarray.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the attributes

        data : ndarray of shape (902, 1, 17, 33) or (902, 2, 17, 33)
            The pressure, hPa, or the eastward and northward wind, m/s.
        pressure : ndarray of shape (902, 17, 33)
            Sea level pressure, hPa.
        time : ndarray of shape (902,)
            Day of each field, datetime64[D].
        latitude : ndarray of shape (17,)
            Latitude, degrees north, ascending from 30 to 70.
        longitude : ndarray of shape (33,)
            Longitude, degrees east, ascending from -70 to 10.
        feature_names : list of str
            Names of the channels of `data`.
        DESCR : str
            Description, source and credit of the data.
    dataset : xarray.Dataset if `as_xarray` is True
        The variable "slp", or "u" and "v", on (time, lat, lon), with the attributes of
        the CF conventions.

    Raises
    ------
    ImportError
        If `as_xarray` is True and xarray is not installed.

    Notes
    -----
    Pressures have the resolution of the source, 0.01 hPa. The geostrophic wind on a
    sphere of radius a = 6371 km is, with the latitude :math:`\phi`, the longitude
    :math:`\lambda`, :math:`f = 2 \Omega \sin\phi` and the density
    :math:`\rho = 1.225` kg/m3,

    .. math:: u = -\frac{1}{\rho f a} \frac{\partial p}{\partial\phi},
        \quad
        v = \frac{1}{\rho f a \cos\phi} \frac{\partial p}{\partial\lambda}.

    References
    ----------
    E. Kalnay et al. (1996), The NCEP/NCAR 40-Year Reanalysis Project, Bulletin of the
    American Meteorological Society, 77, 437-471. NCEP-NCAR Reanalysis 1 data provided
    by the NOAA PSL, Boulder, Colorado, USA.

    Examples
    --------
    >>> from skvaeclust.datasets import load_north_atlantic_slp
    >>> slp = load_north_atlantic_slp()
    >>> slp.data.shape
    (902, 1, 17, 33)
    >>> print(slp.time[0], slp.time[-1])
    2001-01-01 2010-12-31
    >>> wind = load_north_atlantic_slp(geostrophic_wind=True)
    >>> wind.feature_names
    ['eastward_wind', 'northward_wind']
    >>> load_north_atlantic_slp(as_xarray=True).slp.sizes
    Frozen({'time': 902, 'lat': 17, 'lon': 33})
    """
    pressure, time, latitude, longitude = _read_pressure()
    if geostrophic_wind:
        data = _geostrophic_wind.geostrophic_wind(pressure, latitude, longitude)
        feature_names = ["eastward_wind", "northward_wind"]
    else:
        data = pressure[:, None].copy()
        feature_names = ["sea_level_pressure"]
    bunch = Bunch(
        data=data,
        pressure=pressure,
        time=time,
        latitude=latitude,
        longitude=longitude,
        feature_names=feature_names,
        DESCR=DESCR,
    )
    return _label(bunch) if as_xarray else bunch
