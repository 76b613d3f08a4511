"""Display of the probabilities of clusters in time."""

import numpy as np

from skvaeclust._plotting._calendar import Calendar, add_names_above
from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    area_style,
    check_names,
    in_print_style,
    make_axes,
    set_dates,
)
from skvaeclust._plotting._time_axis import time_axis
from skvaeclust._steps import clusterer_name
from skvaeclust.sequences._sequence import LabelSequence, time_of
from skvaeclust.sequences._smoothing import check_distributions

ROW = 0.85  # height of a year, cm


class ProbabilitiesDisplay:
    """Probability of each cluster in time, as stacked areas.

    Dates of more than one year are drawn as a calendar with one row per year; if a
    season has no samples, rows begin in it, so that a winter is one row. The height of
    a row is the probability 1. Samples without probabilities are grey, gaps are white.

    Usually created by :meth:`from_estimator` or :meth:`from_probabilities`.

    Parameters
    ----------
    probabilities : array-like or DataArray of shape (n_samples, n_clusters)
        Probability of each cluster in order of time. Rows of NaN have no cluster.
    time : array-like of shape (n_samples,), default=None
        Increasing numbers, datetime64, or dates of any calendar (cftime). None uses the
        coordinate of a DataArray, or sample indices.
    labels : array-like of int of shape (n_samples,), default=None
        Clusters; samples of -1 are drawn as those without probabilities.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    TimelineDisplay : Labels in time.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import ProbabilitiesDisplay
    >>> p = 0.5 + 0.5 * np.sin(np.arange(40) / 5)
    >>> probabilities = np.column_stack([p, 1 - p])
    >>> display = ProbabilitiesDisplay.from_probabilities(probabilities)
    """

    def __init__(self, probabilities, time=None, labels=None):
        self.probabilities = probabilities
        self.time = time
        self.labels = labels

    @classmethod
    def from_probabilities(cls, probabilities, *, time=None, labels=None, **params):
        """Draw the probabilities of any clustering or forecast.

        Parameters
        ----------
        probabilities, time, labels
            As for the class.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ProbabilitiesDisplay
            The display, drawn.
        """
        return cls(probabilities, time, labels).plot(**params)

    @classmethod
    def from_estimator(cls, estimator, X, *, time=None, labels=None, **params):
        """Draw the probabilities that a fitted model predicts.

        Parameters
        ----------
        estimator : fitted estimator with ``predict_proba``
            The model.
        X : array-like of shape (n_samples, ...) or labelled fields
            Samples in order of time.
        time, labels
            As for the class.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ProbabilitiesDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the estimator has no method ``predict_proba``.
        """
        if not hasattr(estimator, "predict_proba"):
            name = clusterer_name(estimator)
            raise TypeError(f"{name} has no method predict_proba.")
        return cls(estimator.predict_proba(X), time, labels).plot(**params)

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
        display : ProbabilitiesDisplay
            This object.

        Raises
        ------
        ValueError
            If rows are not probabilities that sum to 1, or times do not increase.
        """
        probabilities, sequence = self._read()
        names = check_names(names, probabilities.shape[1])
        calendar = Calendar.of(sequence)
        height = 4 if calendar is None else 2 + min(ROW * len(calendar.rows), 20)
        size = (PAGE_WIDTH, height * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        if calendar is None:
            self._draw_record(sequence, probabilities)
        else:
            bottom = calendar.row + 0.4
            places = calendar.start, calendar.end, bottom, -0.8
            self._draw_areas(sequence, probabilities, *places, calendar.row)
        self.ax_.spines[["top", "right"]].set_visible(False)
        n_lines = add_names_above(self.ax_, names, (sequence.labels == -1).any())
        if calendar is not None:
            calendar.set_axes(self.ax_, n_lines)
        return self

    def _read(self):
        """Return probabilities, and a sequence with the label -1 where unknown."""
        values, time = self.probabilities, self.time
        if hasattr(values, "data_vars"):
            raise ValueError("probabilities must be an array, got a Dataset.")
        if hasattr(values, "dims"):
            values = (
                values.transpose(..., "cluster") if "cluster" in values.dims else values
            )
            time = time_of(values, "probabilities") if time is None else time
        values = check_distributions(values, "probabilities", allow_nan=True)
        unknown = np.isnan(values[:, 0])
        if self.labels is not None:
            labels = LabelSequence.read(self.labels, time, values.shape[1]).labels
            if len(labels) != len(values):
                raise ValueError(
                    f"labels must have one value per sample: {len(values)} expected, "
                    f"got {len(labels)}."
                )
            unknown |= labels == -1
        return values, LabelSequence.read(np.where(unknown, -1, 0), time, 1)

    def _draw_record(self, sequence, probabilities):
        """Draw all samples beside each other."""
        time, label = np.arange(len(sequence)), "sample"
        if sequence.time is not None:
            time, label = time_axis(sequence.time)
        step = np.median(np.diff(time)) if len(time) > 1 else 1
        end = time + step
        end[:-1] = np.where(sequence.continues, time[1:], end[:-1])
        self._draw_areas(sequence, probabilities, time, end, np.zeros(len(time)), 1)
        self.ax_.set(xlim=(time[0], end[-1]), ylim=(0, 1), ylabel="probability")
        if time.dtype.kind == "M":
            set_dates(self.ax_)
        else:
            self.ax_.set_xlabel(label)

    def _draw_areas(
        self, sequence, probabilities, start, end, bottom, height, rows=None
    ):
        """Stack the probabilities of unbroken parts of the record."""
        total = np.cumsum(probabilities, axis=1)
        for first, last in zip(*sequence.runs(rows), strict=True):
            part = slice(first, last + 1)
            x = np.append(start[part], end[last])
            if sequence.labels[first] == -1:
                levels, numbers = [0, 1], [-1]
            else:
                levels = np.vstack([total[part], total[last]]).T
                levels = [0 * levels[0], *levels]
                numbers = range(len(levels) - 1)
            for k, low, high in zip(numbers, levels, levels[1:], strict=False):
                edges = bottom[first] + height * low, bottom[first] + height * high
                self.ax_.fill_between(x, *edges, step="post", **area_style(k))
