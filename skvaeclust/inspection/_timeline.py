"""Display of the clusters in time."""

import numpy as np

from skvaeclust._plotting._calendar import NO_CLUSTER, Calendar, add_names_above
from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    area_style,
    check_names,
    in_print_style,
    make_axes,
    name_clusters,
    set_dates,
)
from skvaeclust._plotting._time_axis import time_axis
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences._sequence import LabelSequence


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
        calendar = Calendar.of(sequence)
        if calendar is None:
            self._draw_bars(sequence, names, ax)
        else:
            self._draw_calendar(sequence, calendar, names, ax)
        return self

    def _draw_calendar(self, sequence, calendar, names, ax):
        """Draw a calendar with one row per year."""
        size = (PAGE_WIDTH, (2.2 + min(0.42 * len(calendar.rows), 18)) * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        first, last = sequence.runs(calendar.row)
        clusters, start = sequence.labels[first], calendar.start[first]
        duration = calendar.end[last] - start
        self._draw_runs(clusters, calendar.row[first], start, duration, 0.8)
        n_lines = add_names_above(self.ax_, names, (clusters == -1).any())
        calendar.set_axes(self.ax_, n_lines)

    def _draw_runs(self, clusters, rows, start, duration, height):
        """Draw one bar per unbroken run."""
        for k in np.unique(clusters):
            runs = clusters == k
            bars = {"left": start[runs], "height": height, **area_style(k)}
            self.ax_.barh(rows[runs], duration[runs], **bars)
        self.ax_.spines[["top", "right"]].set_visible(False)

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
            set_dates(self.ax_)
        name_clusters(self.ax_.yaxis, names, numbers)
        self.ax_.margins(x=0.01)
        self.ax_.set(ylim=(len(names) - 0.5, -0.5), xlabel=name)
