"""Axes of a calendar, with one row per year or winter."""

import numpy as np

from skvaeclust._plotting._style import (
    area_style,
    n_columns_of,
    n_labels,
    size_of,
)
from skvaeclust.sequences._calendar import MONTHS, name_winter
from skvaeclust.sequences._calendar_rows import (
    LONG_GAP,
    MONTH_STARTS,
    row_ends,
    rows_and_days,
)

NO_CLUSTER = "no cluster"
LONGEST_STEP = 200  # longest time step in a calendar, days
YEAR = 366  # days
LINE = 0.045  # height of a line of text, cm per point
BETWEEN = 0.05  # space between rows side by side, relative to their width


class Calendar:
    """Place of every sample in a calendar: year of the row, first and last day in it.

    If a season has no samples, rows begin in it, so that a winter is one row.

    Attributes
    ----------
    row : ndarray of int of shape (n_samples,)
    start, end : ndarray of shape (n_samples,)
        Days from the beginning of the row.
    split : int
        Day of the year on which rows begin, 0 for the first of January.
    """

    def __init__(self, sequence, step):
        self.row, self.start, self.split = rows_and_days(sequence.time, step)
        places = self.row, self.start, step, self.split
        self.end = row_ends(*places, sequence.continues)

    @classmethod
    def of(cls, sequence):
        """Return the calendar of dates of more than one year, None for other times."""
        time = sequence.time
        if time is None or time.dtype.kind not in "MO" or len(sequence) < 2:
            return None
        step = np.median(np.diff(sequence.elapsed)) / 86400
        short = sequence.elapsed[-1] <= YEAR * 86400  # also from January to January
        calendar = cls(sequence, step) if step < LONGEST_STEP and not short else None
        return calendar if calendar and np.ptp(calendar.row) > 0 else None

    @property
    def rows(self):
        """All years, with and without samples."""
        return np.arange(self.row.min(), self.row.max() + 1)

    @property
    def has_seasons(self):
        """Whether rows are much shorter than a year."""
        return self.end.max() - self.start.min() < 366 - LONG_GAP

    def set_axes(self, ax, n_lines):
        """Set limits, and the names of years and months.

        ``n_lines`` is the number of lines of the legend above.
        """
        line = LINE * ax.xaxis.label.get_fontsize()
        self._set_names(ax.yaxis, (size_of(ax)[1] - 1) / line - n_lines)
        rows, xlim = self.rows, (self.start.min(), self.end.max())
        months = np.concatenate([MONTH_STARTS[:-1], MONTH_STARTS[:-1] + 366])
        ax.set_xticks(months - self.split, [""] * len(months))
        wide = np.ptp(xlim) < 31 * n_labels(ax, 0.7)
        names = [name if wide else name[0] for name in MONTHS * 2]
        ax.set_xticks(months - self.split + 15, names, minor=True)
        ax.tick_params(axis="x", which="minor", length=0)
        ax.set(xlim=xlim, ylim=(rows[-1] + 0.6, rows[0] - 0.6))

    def _set_names(self, axis, n_fit, place=lambda row: row):
        """Name rows at their places, at most 20 and as many as fit."""
        named = round_years(self.row, np.clip(n_fit, 1, 20))
        axis.set_ticks(place(named), [self._name(row) for row in named])

    def _name(self, row):
        """Return the name of a row: its year, or that of the winter."""
        new_year = (366 - self.split) % 366  # day of the row
        if self.start.min() < new_year < self.end.max():
            return name_winter(row + 1)
        return str(row + (0 < new_year <= self.start.min()))

    def side_by_side(self, ax):
        """Return the place of every sample on one axis, with rows beside each other.

        Name the rows on the axis, and draw lines between them.
        """
        first = self.start.min()
        width = self.end.max() - first
        step = (1 + BETWEEN) * width

        def begin(row):
            return (row - self.rows[0]) * step

        self._set_names(ax.xaxis, n_labels(ax, 1.4), lambda row: begin(row) + width / 2)
        ax.tick_params(axis="x", length=0)
        for row in self.rows[1:]:
            ax.axvline(begin(row) - BETWEEN * width / 2, color="0.8", lw=0.6)
        return begin(self.row) + self.start - first


def round_years(years, n_fit):
    """Return at most ``n_fit`` years between the first and the last, at round steps."""
    years = np.arange(years.min(), years.max() + 1)
    chosen = (years[years % step == 0] for step in (1, 2, 5, 10, 20, 50, 100))
    return next((some for some in chosen if len(some) <= n_fit), years[:1])


def add_names_above(ax, names, has_unassigned):
    """Add a legend of clusters above axes, with as many columns as fit.

    Return the number of its lines.
    """
    from matplotlib.patches import Patch

    key = [Patch(**area_style(k), label=name) for k, name in enumerate(names)]
    if has_unassigned:
        key.append(Patch(**area_style(-1), label=NO_CLUSTER))
    n_columns = n_columns_of(key, size_of(ax)[0], ax.xaxis.label.get_fontsize())
    ax.legend(
        handles=key,
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        ncols=n_columns,
        frameon=False,
        handlelength=1,
        handleheight=1,
    )
    return -(-len(key) // n_columns)
