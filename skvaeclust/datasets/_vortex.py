"""Velocity of a Gaussian vortex."""

import numpy as np


def gaussian_vortex(x, y, *, x0, y0, radius, speed):
    """Compute the velocity of a vortex with a Gaussian stream function.

    Parameters
    ----------
    x, y : array-like, broadcastable to (height, width)
        Eastward and northward coordinates, km.
    x0, y0 : float
        Centre of the vortex, km.
    radius : float
        Distance from the centre at which the flow is fastest, km.
    speed : float
        Speed at that distance, m/s: positive for a cyclone (anticlockwise),
        negative for an anticyclone.

    Returns
    -------
    velocity : ndarray of shape (2, height, width)
        Eastward and northward velocity, m/s.

    Notes
    -----
    With r^2 = (x - x0)^2 + (y - y0)^2 and s the radius,

        psi = A exp(-r^2 / (2 s^2)),    u = -dpsi/dy,    v = dpsi/dx.

    The speed |A| r / s^2 exp(-r^2 / (2 s^2)) is largest at r = s, so
    A = -speed * s * exp(1/2): a cyclone is a minimum of the stream function.
    """
    dx, dy = np.subtract(x, x0), np.subtract(y, y0)
    amplitude = -speed * radius * np.exp(0.5)
    psi = amplitude * np.exp(-(dx**2 + dy**2) / (2 * radius**2))
    u = psi * dy / radius**2
    v = -psi * dx / radius**2
    return np.stack([u, v])
