"""Winter sea level pressure over the North Atlantic."""

from importlib.resources import files

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

# Renamed, since the loader has a parameter of the same name.
from skvaeclust.datasets._geostrophic_wind import geostrophic_wind as wind_of

FILE_NAME = "ncep_slp_north_atlantic_djf_2001_2010.npz"
COASTLINE = "natural_earth_coastline_north_atlantic.npz"

DESCR = """\
North Atlantic sea level pressure, winters 2001 to 2010
--------------------------------------------------------
Daily mean sea level pressure, hPa, of the 902 days of December, January and February
2001-2010, from 30 N to 70 N and from 70 W to 10 E, every 2.5 degrees.

NCEP-NCAR Reanalysis 1 data provided by the NOAA PSL, Boulder, Colorado, USA. A work of
the United States government, in the public domain.

E. Kalnay et al. (1996), The NCEP/NCAR 40-Year Reanalysis Project, Bulletin of the
American Meteorological Society, 77, 437-471.

The coastline is made with Natural Earth, 1:110m, in the public domain.
"""


def _read_pressure():
    """Read the file: pressure (hPa), time, latitude and longitude."""
    path = files("skvaeclust.datasets") / "data" / FILE_NAME
    with path.open("rb") as stream, np.load(stream) as arrays:
        # Stored as int16, in hundredths of hPa about 1000 hPa.
        pressure = (100_000 + arrays["pressure"].astype(float)) / 100
        return pressure, arrays["time"], arrays["latitude"], arrays["longitude"]


def _read_coastline():
    """Read the coastline, stored in hundredths of a degree, one line after another."""
    path = files("skvaeclust.datasets") / "data" / COASTLINE
    with path.open("rb") as stream, np.load(stream) as arrays:
        points, ends = arrays["points"] / 100, arrays["ends"]
    return np.insert(points, ends, np.nan, axis=0)


@validate_params({"geostrophic_wind": ["boolean"]}, prefer_skip_nested_validation=True)
def load_north_atlantic_slp(*, geostrophic_wind=False):
    r"""Load daily winter sea level pressure over the North Atlantic.

    The 902 fields are the days of December, January and February 2001-2010. The
    recurring patterns of this region and season are known as the Euro-Atlantic weather
    regimes; there are no true labels.

    Parameters
    ----------
    geostrophic_wind : bool, default=False
        Whether `data` holds the geostrophic wind instead of the pressure.

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
        coastline : ndarray of shape (390, 2)
            Longitude and latitude of the coastline of the region, degrees, with NaN
            between its parts; for the displays of maps.
        feature_names : list of str
            The names of the channels of `data`.
        DESCR : str
            The description, the source and the credit of the data.

    Notes
    -----
    Pressures are given as in the source, to 0.01 hPa. The wind is in geostrophic
    balance with them on a sphere of radius a = 6371 km: with the latitude
    :math:`\phi`, the longitude :math:`\lambda`, :math:`f = 2 \Omega \sin\phi` and the
    density :math:`\rho = 1.225` kg/m3,

    .. math:: u = -\frac{1}{\rho f a} \frac{\partial p}{\partial\phi},
        \quad
        v = \frac{1}{\rho f a \cos\phi} \frac{\partial p}{\partial\lambda}.

    References
    ----------
    E. Kalnay et al. (1996), The NCEP/NCAR 40-Year Reanalysis Project, Bulletin of the
    American Meteorological Society, 77, 437-471. NCEP-NCAR Reanalysis 1 data provided
    by the NOAA PSL, Boulder, Colorado, USA.

    Coastline made with Natural Earth (https://www.naturalearthdata.com), 1:110m, in the
    public domain.

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
    """
    pressure, time, latitude, longitude = _read_pressure()
    if geostrophic_wind:
        data = wind_of(pressure, latitude, longitude)
        feature_names = ["eastward_wind", "northward_wind"]
    else:
        data = pressure[:, None].copy()
        feature_names = ["sea_level_pressure"]
    return Bunch(
        data=data,
        pressure=pressure,
        time=time,
        latitude=latitude,
        longitude=longitude,
        coastline=_read_coastline(),
        feature_names=feature_names,
        DESCR=DESCR,
    )
