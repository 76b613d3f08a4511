"""Axes of a calendar, with one row per year or winter."""

import numpy as np

from skvaeclust._plotting._style import cluster_color, size_of
from skvaeclust.sequences._calendar import MONTHS, name_winter
from skvaeclust.sequences._calendar_rows import MONTH_STARTS, row_ends, rows_and_days

NO_CLUSTER = "no cluster"
LONGEST_STEP = 200  # longest time step in a calendar, days


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
        calendar = cls(sequence, step) if step < LONGEST_STEP else None
        return calendar if calendar and np.ptp(calendar.row) > 0 else None

    @property
    def rows(self):
        """All years, with and without samples."""
        return np.arange(self.row.min(), self.row.max() + 1)

    def set_axes(self, ax):
        """Set limits, and the names of years and months."""
        rows, split = self.rows, self.split
        every = next(n for n in (1, 2, 5, 10, 20, 50, len(rows)) if len(rows) <= 20 * n)
        named = rows[rows % every == 0]
        ax.set_yticks(named, [name_winter(r + 1) if split else str(r) for r in named])
        months = np.concatenate([MONTH_STARTS[:-1], MONTH_STARTS[:-1] + 366]) - split
        ax.set_xticks(months, [""] * len(months))
        ax.set_xticks(months + 15, MONTHS * 2, minor=True)
        xlim, ylim = (self.start.min(), self.end.max()), (rows[-1] + 0.6, rows[0] - 0.6)
        ax.set(xlim=xlim, ylim=ylim)
        ax.tick_params(axis="x", which="minor", length=0)


def add_names_above(ax, names, has_unassigned):
    """Add a legend of clusters above axes, with as many columns as fit."""
    from matplotlib.patches import Patch

    letter = 0.023 * ax.xaxis.label.get_fontsize()  # cm
    n_letters = max(8, (size_of(ax)[0] - 0.3) // letter)
    key = [Patch(fc=cluster_color(k), label=name) for k, name in enumerate(names)]
    if has_unassigned:
        key.append(Patch(fc=cluster_color(-1), label=NO_CLUSTER))
    lengths = [4 + len(handle.get_label()) for handle in key]
    for n_columns in range(len(key), 0, -1):
        columns = np.array_split(lengths, n_columns)
        if sum(map(max, columns)) <= n_letters:
            break
    ax.legend(
        handles=key,
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        ncols=n_columns,
        frameon=False,
        handlelength=1,
        handleheight=1,
    )
