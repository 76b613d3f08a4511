"""Helpers for the displays. Matplotlib is imported when one is drawn."""

import numpy as np

# Colours safe for the colour-blind (Okabe and Ito), dark enough for lines.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#8C6D31",
)
LAND = "0.8"


def cluster_color(k):
    """Return the colour of a cluster, the same in all displays."""
    return COLORS[k % len(COLORS)]


def make_axes(axes, n_axes, **params):
    """Check the given axes, or make those of a new figure.

    Parameters
    ----------
    axes : matplotlib axes, sequence of them, or None
    n_axes : int
    **params : dict
        Passed to :func:`matplotlib.pyplot.subplots`.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (n_axes,)
    """
    import matplotlib.pyplot as plt

    if axes is None:
        figure, axes = plt.subplots(layout="constrained", squeeze=False, **params)
        axes = axes.ravel()
        for ax in axes[n_axes:]:
            ax.remove()
        return figure, axes[:n_axes]
    axes = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
    if len(axes) != n_axes:
        raise ValueError(f"axes has {len(axes)} axes, expected {n_axes}.")
    return axes[0].figure, axes
