"""Channels, levels and colours of maps."""

import reprlib
from numbers import Integral

import numpy as np

from skvaeclust._arguments import check_integer
from skvaeclust._words import shown

MOST_LEVELS = 1000
LARGEST = 0.995  # quantile of the values at the end of the colours and arrows
NEAR_ZERO = (
    0.25  # ranges that start below this fraction of their end are extended to zero
)


def choose_channels(n_channels, channel, arrows):
    """Return the shaded channel (None: speed) and the two channels of the arrows."""
    if channel is None and arrows is None:
        if n_channels > 2:
            raise ValueError(
                f"fields have {n_channels} channels. Pass channel (index of the shaded "
                "one), arrows (indices of the two components of a vector), or both."
            )
        channel, arrows = (0, None) if n_channels == 1 else (None, (0, 1))
    up_to = f"from 0 to {n_channels - 1}"
    if channel is not None:
        check_integer(channel, "channel", 0, n_channels - 1)
    if arrows is not None and not are_indices(arrows, n_channels):
        raise ValueError(f"arrows={arrows!r} must be two different integers {up_to}.")
    return channel, arrows


def are_indices(pair, n):
    """Check that a pair are two different integers from 0 to n - 1."""
    pair = np.asarray(pair)
    inside = pair.shape == (2,) and pair.dtype.kind in "iu" and pair[0] != pair[1]
    return bool(inside and (pair >= 0).all() and (pair < n).all())


def color_scale(values, levels, cmap):
    """Return levels, cmap and extend of ``contourf``, robust to outliers.

    Levels are symmetric about zero for values of both signs. ``levels`` is a maximum
    number of levels, the levels, or None.
    """
    from matplotlib.ticker import MaxNLocator

    n = check_levels(levels)
    known = values[np.isfinite(values)]
    if not known.size:
        known = np.zeros(1)
    low, high = np.quantile(known, [1 - LARGEST, LARGEST])
    both_signs = min(-low, high) > 0.1 * max(-low, high)
    if n is not None:
        if both_signs:
            low, high = min(low, -high), max(high, -low)
        elif 0 < low < NEAR_ZERO * high:
            low = 0
        if low == high:
            half = abs(low) / 2 or 1
            low, high = low - (half if low else 0), high + half
        levels = MaxNLocator(n, steps=[1, 2, 2.5, 3, 5, 10]).tick_values(low, high)
    levels = np.asarray(levels, dtype=float)
    above, below = known.max() > levels[-1], known.min() < levels[0]
    extend = ("neither", "max", "min", "both")[2 * below + above]
    cmap = check_cmap(cmap) or ("RdBu_r" if both_signs else "viridis")
    return {"levels": levels, "cmap": cmap, "extend": extend}


def check_cmap(cmap):
    """Check that a colormap is None, one of matplotlib, or its name."""
    from matplotlib import colormaps
    from matplotlib.colors import Colormap

    known = cmap in colormaps if isinstance(cmap, str) else isinstance(cmap, Colormap)
    if cmap is not None and not known:
        raise ValueError(
            f"cmap={shown(cmap)} must be a Colormap of matplotlib, or the name of one, "
            "such as 'viridis' or 'RdBu_r'."
        )
    return cmap


def check_levels(levels):
    """Return the maximum number of levels, None if levels are given."""
    if levels is None:
        return 16
    whole = isinstance(levels, Integral) and not isinstance(levels, bool)
    if whole and 1 <= levels <= MOST_LEVELS:
        return levels
    try:
        values = np.array(levels, dtype=float)
    except (TypeError, ValueError):
        values = np.zeros(0)
    known = values.ndim == 1 and np.isfinite(values).all()
    if known and 2 <= len(values) <= MOST_LEVELS and (np.diff(values) > 0).all():
        return None
    raise ValueError(
        f"levels={reprlib.repr(levels)} must be an integer from 1 to {MOST_LEVELS}, "
        f"or at least 2 and at most {MOST_LEVELS} increasing numbers."
    )


def every_second(levels):
    """Return every second level, counted from the closest to zero; leave out zero."""
    number = np.arange(len(levels)) - np.argmin(np.abs(levels))
    return levels[(number % 2 == 0) & (levels != 0)]


def tick_levels(levels, n):
    """Return at most n levels, at round steps from the level closest to zero."""
    every = -(-len(levels) // n)
    steps = np.diff(levels)
    if np.allclose(steps, steps[0]):
        distances = [k * steps[0] for k in range(every, len(levels))]
        is_round = [float(f"{d:.1g}") == float(f"{d:g}") for d in distances]
        every += is_round.index(True) if any(is_round) else 0
    return levels[np.argmin(np.abs(levels)) % every :: every]
