"""Display of the index of each cluster in time, with its life cycles."""

from contextlib import suppress

import numpy as np

from skvaeclust._plotting._calendar import Calendar
from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    add_legend,
    as_titles,
    check_names,
    cluster_color,
    in_print_style,
    ink,
    make_axes,
    set_dates,
    size_of,
    text_color,
)
from skvaeclust._plotting._time_axis import time_axis
from skvaeclust.sequences import life_cycles
from skvaeclust.sequences._sequence import LabelSequence

ROW = 2.1  # height of a cluster, cm
DENSE = 5  # cycles of all clusters per cm above which markers are small


class LifeCyclesDisplay:
    """Index of each cluster in time; life cycles are filled, and their maxima marked.

    Usually created by :meth:`from_index`.

    Parameters
    ----------
    cycles : LifeCycles
        Result of :func:`~skvaeclust.sequences.life_cycles`.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    TimelineDisplay : Labels in time.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import LifeCyclesDisplay
    >>> time = np.arange("2001-01-01", "2001-04-01", dtype="M8[D]")
    >>> index = np.column_stack([f(np.arange(90) / 6) for f in (np.sin, np.cos)])
    >>> display = LifeCyclesDisplay.from_index(
    ...     index, time=time, threshold=0.5, min_duration="5D"
    ... )
    """

    def __init__(self, cycles):
        self.cycles = cycles

    @classmethod
    def from_index(cls, index, *, names=None, period=None, axes=None, **rules):
        """Find the life cycles of an index, and draw them.

        Parameters
        ----------
        index : array-like of shape (n_samples, n_clusters) or DataArray
            As for :func:`~skvaeclust.sequences.life_cycles`.
        names, period, axes
            As for :meth:`plot`.
        **rules : dict
            Other parameters of :func:`~skvaeclust.sequences.life_cycles`.

        Returns
        -------
        display : LifeCyclesDisplay
            The display, drawn.
        """
        display = cls(life_cycles(index, **rules))
        return display.plot(names=names, period=period, axes=axes)

    @in_print_style
    def plot(self, *, names=None, period=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: those of the index.
        period : tuple of (start, end), default=None
            First and last time to draw. A season or a year is easy to read. Default:
            the whole record.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per cluster. None makes a new figure, 17 cm wide.

        Returns
        -------
        display : LifeCyclesDisplay
            This object.

        Raises
        ------
        ValueError
            If no sample is within the period.
        """
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        cycles = self.cycles
        n_clusters = cycles.index.shape[1]
        names = check_names(cycles.names if names is None else names, n_clusters)
        names = as_titles(names)
        inside, samples = self._inside(period), np.zeros(len(cycles.time), int)
        sequence = LabelSequence.read(samples, cycles.time, 1)
        height = (n_clusters * ROW + 1.8) * CENTIMETRE
        self.figure_, self.axes_ = make_axes(
            axes,
            n_clusters,
            nrows=n_clusters,
            figsize=(PAGE_WIDTH, height),
            sharex=True,
            sharey=True,
        )
        values = cycles.index[inside]
        largest = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 1
        for k, ax in enumerate(self.axes_):
            x, label = self._place_samples(ax, sequence, inside)
            self._draw_cluster(ax, k, x, sequence.continues)
            ax.set_title(names[k], loc="left", color=text_color(k), weight="bold")
            ax.set(xlim=x[inside][[0, -1]], ylim=(-1.1 * largest, 1.1 * largest))
            ax.set_ylabel("index")
            ax.spines[["top", "right"]].set_visible(False)
        self.axes_[-1].set_xlabel(label)
        threshold = cycles.attrs["threshold"]
        key = [
            Line2D([], [], color="0.4", lw=0.8, label="index"),
            Line2D([], [], color="0.4", ls=":", label=f"threshold {threshold:g}"),
            Patch(color="0.6", label="life cycle"),
            Line2D([], [], color=ink(), marker="v", ls="", ms=4, label="maximum"),
        ]
        add_legend(self.figure_, self.axes_[-1], axes is None, key)
        return self

    def _inside(self, period):
        """Return which samples are within the period."""
        time = self.cycles.time
        if period is None:
            return np.ones(len(time), dtype=bool)
        inside = np.zeros(len(time), dtype=bool)
        with suppress(TypeError, ValueError):
            start, end = period if time.dtype.kind != "M" else np.array(period, "M8")
            inside = (time >= start) & (time <= end)
        if not inside.any():
            raise ValueError(
                f"period={period!r} must be a first and a last time with samples "
                f"between them; the record is from {time[0]} to {time[-1]}."
            )
        return inside

    @staticmethod
    def _place_samples(ax, sequence, inside):
        """Return the place of every sample on the axis, and its label.

        Without samples between seasons, seasons are beside each other.
        """
        x, label = time_axis(sequence.time)
        calendar = Calendar.of(sequence)
        by_season = calendar and calendar.has_seasons and np.ptp(calendar.row[inside])
        if by_season or x.dtype.kind == "M":
            limits = sequence.time[inside][[0, -1]]
            label = " to ".join(str(date)[: len("2000-01-01")] for date in limits)
        if by_season:
            x = calendar.side_by_side(ax)
        elif x.dtype.kind == "M":
            set_dates(ax)
            ax.xaxis.get_offset_text().set_visible(False)  # of the last date only
        return x, label

    def _draw_cluster(self, ax, k, time, continues):
        """Draw the index of a cluster and its cycles."""
        cycles, threshold = self.cycles, self.cycles.attrs["threshold"]
        size = 4 if len(cycles.bounds) < DENSE * size_of(ax)[0] else 2
        color, series = cluster_color(k), cycles.index[:, k]
        ends = np.flatnonzero(~continues) + 1
        for part in np.split(np.arange(len(time)), ends):  # no line across gaps
            ax.plot(time[part], series[part], color="0.4", lw=0.8)
        for cluster, first, last in cycles.bounds:
            if cluster == k:
                span = slice(first, last + 1)
                ax.fill_between(
                    time[span], 0, series[span], color=color, alpha=0.6, lw=0
                )
                ax.plot(time[span], series[span], color=color, lw=1.6)
                peak = first + series[span].argmax()
                ax.plot(time[peak], series[peak], "v", color=ink(), ms=size, mew=0)
        ax.axhline(threshold, color="0.4", ls=":", lw=0.8)
        ax.axhline(0, color="0.7", lw=0.5, zorder=0)
