"""Limits of axes that show all points, and places of names in them."""

import numpy as np


def limits_of(*points):
    """Return the lower and upper corners of axes that show all points."""
    everything = np.concatenate(points)
    low, high = everything.min(axis=0), everything.max(axis=0)
    half = 0.55 * np.maximum(high - low, 0.4 * np.max(high - low) + 1e-9)
    return (low + high) / 2 - half, (low + high) / 2 + half


def set_equal_aspect(ax, low, high, keep_shape):
    """Set limits with units of equal length on x and y.

    To keep the shape of axes, the limits are extended, unless other axes share them.
    """
    shared = ax.get_shared_x_axes(), ax.get_shared_y_axes()
    if keep_shape and all(len(group.get_siblings(ax)) == 1 for group in shared):
        ax.set_aspect("equal", adjustable="datalim")
        ax.update_datalim([low, high])
        ax.margins(0)
    else:
        (xlim, ylim) = zip(low, high, strict=True)
        ax.set(xlim=xlim, ylim=ylim, aspect="equal")


def spread_out(points, sizes, low, high, n_iter=200):
    """Move boxes at points apart, along the shorter way, within limits."""
    places = np.clip(points, low, high)
    order = np.arange(len(places))
    places += 1e-6 * sizes * np.column_stack([np.cos(order), np.sin(order)])
    needed = (sizes[:, None] + sizes) / 2
    for _ in range(n_iter):
        offsets = places[:, None] - places
        overlap = needed - np.abs(offsets)
        overlap[order, order] = 0
        push = np.where(overlap == overlap.min(axis=-1, keepdims=True), overlap, 0)
        push[(overlap <= 0).any(axis=-1)] = 0
        if not push.any():
            break
        places += (0.51 * push * np.sign(offsets)).sum(axis=1)
        places = np.clip(places, low, high)
    return places
