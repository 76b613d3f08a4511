"""Geostrophic wind of pressure fields on the sphere."""

import numpy as np

EARTH_RADIUS = 6.371e6  # m
EARTH_ROTATION = 7.2921e-5  # rad/s
AIR_DENSITY = 1.225  # kg/m3
PASCAL_PER_HECTOPASCAL = 100.0


def geostrophic_wind(pressure, latitude, longitude):
    r"""Compute the geostrophic wind of sea level pressure fields.

    Parameters
    ----------
    pressure : array-like of shape (..., n_latitudes, n_longitudes)
        Sea level pressure, hPa.
    latitude : array-like of shape (n_latitudes,)
        Latitude, degrees north, monotonic, without the equator and the poles.
    longitude : array-like of shape (n_longitudes,)
        Longitude, degrees east, monotonic.

    Returns
    -------
    wind : ndarray of shape (..., 2, n_latitudes, n_longitudes)
        Eastward and northward wind, m/s.

    Notes
    -----
    On a sphere of radius a, with the latitude :math:`\phi`, the longitude
    :math:`\lambda`, :math:`f = 2 \Omega \sin\phi` and
    :math:`\rho = 1.225` kg/m3,

    .. math:: u = -\frac{1}{\rho f a} \frac{\partial p}{\partial\phi},
        \quad
        v = \frac{1}{\rho f a \cos\phi} \frac{\partial p}{\partial\lambda}.

    The derivatives are central differences, one-sided at the edges, both of second
    order.

    Examples
    --------
    Pressure that falls northwards by 1 hPa per degree drives a westerly wind:

    >>> import numpy as np
    >>> from skvaeclust.datasets._geostrophic_wind import geostrophic_wind
    >>> latitude, longitude = np.arange(40.0, 51.0), np.arange(-20.0, 1.0)
    >>> pressure = np.repeat(1050 - latitude[:, None], 21, axis=1)
    >>> wind = geostrophic_wind(pressure, latitude, longitude)
    >>> wind.shape
    (2, 11, 21)
    >>> print(wind[0, 5, 10].round(1))
    7.1
    """
    pascal = PASCAL_PER_HECTOPASCAL * np.asarray(pressure, dtype=float)
    phi, lam = np.deg2rad(latitude), np.deg2rad(longitude)
    rho_f = AIR_DENSITY * 2 * EARTH_ROTATION * np.sin(phi)[:, None]
    dp_dy = np.gradient(pascal, phi, axis=-2, edge_order=2) / EARTH_RADIUS
    dp_dx = np.gradient(pascal, lam, axis=-1, edge_order=2) / (
        EARTH_RADIUS * np.cos(phi)[:, None]
    )
    return np.stack([-dp_dy / rho_f, dp_dx / rho_f], axis=-3)
