"""Display of the clusters in time."""

import numpy as np

from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    check_names,
    cluster_color,
    in_print_style,
    make_axes,
    name_clusters,
    name_winter,
    set_dates,
    size_of,
)
from skvaeclust._plotting._time_axis import time_axis
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences._calendar import MONTHS
from skvaeclust.sequences._calendar_rows import MONTH_STARTS, row_ends, rows_and_days
from skvaeclust.sequences._sequence import LabelSequence

NO_CLUSTER = "no cluster"
LONGEST_STEP = 200  # longest time step in a calendar, days


class TimelineDisplay(SequenceDisplay):
    """Cluster of every sample in time: a calendar with one row per year, or bars.

    Dates of more than one year are drawn as a calendar. If a season has no samples,
    rows begin in it, so that a winter is one row. Other times, and steps of about a
    year, are drawn as one bar per unbroken run. Samples without a cluster are grey.

    Usually created by :meth:`from_estimator` or :meth:`from_labels`.

    Parameters
    ----------
    labels : array-like or DataArray of int of shape (n_samples,)
        Cluster of every sample, in order of time; -1 is no cluster.
    time : array-like of shape (n_samples,), default=None
        Increasing numbers, datetime64, or dates of any calendar (cftime). None uses the
        coordinate of a DataArray, or sample indices.
    n_clusters : int, default=None
        Number of clusters. Default: the largest label plus 1.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    FrequencyDisplay : Frequency of the clusters, by season or year.
    TransitionsDisplay : Probabilities of transitions between clusters.
    ResidenceTimesDisplay : Durations of runs.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import TimelineDisplay
    >>> display = TimelineDisplay.from_labels([0, 0, 1, 1, 0], time=np.arange(5))
    """

    def __init__(self, labels, time=None, n_clusters=None):
        self.labels = labels
        self.time = time
        self.n_clusters = n_clusters

    @classmethod
    def from_labels(cls, labels, *, time=None, n_clusters=None, **params):
        """Draw the clusters of any clustering.

        Parameters
        ----------
        labels, time, n_clusters
            As for the class.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : TimelineDisplay
            The display, drawn.
        """
        return cls(labels, time, n_clusters).plot(**params)

    @in_print_style
    def plot(self, *, names=None, ax=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure, 17 cm wide.

        Returns
        -------
        display : TimelineDisplay
            This object.

        Raises
        ------
        ValueError
            If times do not increase or are not one per sample, or for a single sample.
        """
        sequence = LabelSequence.read(self.labels, self.time, self.n_clusters)
        if len(sequence) < 2:
            raise ValueError("A timeline requires at least 2 samples, got 1.")
        names = check_names(names, sequence.n_clusters)
        time = sequence.time
        step = np.median(np.diff(sequence.elapsed)) / 86400
        calendar = time is not None and time.dtype.kind in "MO" and step < LONGEST_STEP
        rows = rows_and_days(time, step) if calendar else ([0],)
        if np.ptp(rows[0]) > 0:
            self._draw_calendar(sequence, step, names, ax, *rows)
        else:
            self._draw_bars(sequence, names, ax)
        return self

    def _draw_calendar(self, sequence, step, names, ax, row, day, split):
        """Draw a calendar with one row per year."""
        rows = np.arange(row.min(), row.max() + 1)
        size = (PAGE_WIDTH, (2.2 + min(0.42 * len(rows), 18)) * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        first, last = sequence.runs(row)
        until = row_ends(row, day, step, split, sequence.continues)
        clusters, start = sequence.labels[first], day[first]
        self._draw_runs(clusters, row[first], start, until[last] - start, 0.8)
        every = next(n for n in (1, 2, 5, 10, 20, 50, len(rows)) if len(rows) <= 20 * n)
        named = rows[rows % every == 0]
        self.ax_.set_yticks(
            named, [name_winter(r + 1) if split else str(r) for r in named]
        )
        months = np.concatenate([MONTH_STARTS[:-1], MONTH_STARTS[:-1] + 366]) - split
        self.ax_.set_xticks(months, [""] * len(months))
        self.ax_.set_xticks(months + 15, MONTHS * 2, minor=True)
        xlim, ylim = (day.min(), until.max()), (rows[-1] + 0.6, rows[0] - 0.6)
        self.ax_.set(xlim=xlim, ylim=ylim)
        self.ax_.tick_params(axis="x", which="minor", length=0)
        self._add_legend(names, (clusters == -1).any())

    def _draw_runs(self, clusters, rows, start, duration, height):
        """Draw one bar per unbroken run."""
        order = np.argsort(clusters, kind="stable")
        bars = {"left": start[order], "height": height}
        colors = [cluster_color(k) for k in clusters[order]]
        self.ax_.barh(rows[order], duration[order], color=colors, **bars)
        self.ax_.spines[["top", "right"]].set_visible(False)

    def _add_legend(self, names, has_unassigned):
        """Add a legend above the calendar, with as many columns as fit."""
        from matplotlib.patches import Patch

        letter = 0.028 * self.ax_.xaxis.label.get_fontsize()  # cm
        n_letters = max(8, (size_of(self.ax_)[0] - 0.3) // letter)
        n_columns = n_letters / (4 + max(map(len, names)))
        key = [Patch(fc=cluster_color(k), label=name) for k, name in enumerate(names)]
        if has_unassigned:
            key.insert(0, Patch(fc=cluster_color(-1), label=NO_CLUSTER))
        self.ax_.legend(
            handles=key,
            loc="lower center",
            bbox_to_anchor=(0.5, 1),
            ncols=int(np.clip(n_columns, 1, len(names) + 1)),
            handlelength=1,
            handleheight=1,
        )

    def _draw_bars(self, sequence, names, ax):
        """Draw one row per cluster."""
        first, last = sequence.runs()
        if sequence.time is None:
            time, name = np.arange(len(sequence)), "sample"
        else:
            time, name = time_axis(sequence.time)
        step = np.median(np.diff(time))
        numbers = list(range(len(names)))
        if (sequence.labels == -1).any():
            numbers, names = [*numbers, -1], [*names, NO_CLUSTER]
        height = (1.4 + 0.6 * len(names)) * CENTIMETRE
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=(PAGE_WIDTH, height))
        clusters, start = sequence.labels[first], time[first]
        rows = np.where(clusters == -1, len(names) - 1, clusters)
        self._draw_runs(clusters, rows, start, time[last] - start + step, 0.7)
        if time.dtype.kind == "M":
            set_dates(self.ax_.xaxis)
        name_clusters(self.ax_.yaxis, names, numbers)
        self.ax_.margins(x=0.01)
        self.ax_.set(ylim=(len(names) - 0.5, -0.5), xlabel=name)
