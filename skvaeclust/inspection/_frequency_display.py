"""Display of the frequency of clusters, by season, month, year or other groups."""

from textwrap import fill

import numpy as np

from skvaeclust._arguments import check_flag
from skvaeclust._plotting._calendar import round_years
from skvaeclust._plotting._matrix import LETTER
from skvaeclust._plotting._panels import LINE, make_panels
from skvaeclust._plotting._style import (
    CENTIMETRE,
    add_legend,
    check_names,
    cluster_color,
    cluster_marker,
    in_print_style,
    ink,
    make_axes,
    n_labels,
    name_clusters,
    set_dates,
    set_round_ticks,
)
from skvaeclust.inspection._sequence_display import SequenceDisplay
from skvaeclust.sequences import frequencies, frequency_trends
from skvaeclust.sequences._calendar import MONTHS, SEASONS, name_winter

LABEL = "frequency (%)"
MANY = 20  # years above which intervals are a band
SHARED = ("n_clusters", "confidence_level")


class FrequencyDisplay(SequenceDisplay):
    """Frequency of the clusters with intervals, of all samples or by group.

    Usually created by :meth:`from_labels` or :meth:`from_estimator`.

    Parameters
    ----------
    table : pandas.DataFrame
        Result of :func:`~skvaeclust.sequences.frequencies`. NaN intervals are omitted.
    by : str, default=None
        Name of the grouping, which labels the axis. Groups of "season" and "month" are
        drawn in calendar order.
    trends : pandas.DataFrame, default=None
        Result of :func:`~skvaeclust.sequences.frequency_trends`, for groups by year.
    confidence_level : float, default=0.95
        Confidence level of the intervals, for the legend.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per cluster; a single one if there is a single group.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> from skvaeclust.inspection import FrequencyDisplay
    >>> time = np.arange("2000-01-01", "2003-01-01", dtype="M8[D]")
    >>> labels = np.arange(len(time)) // 5 % 3
    >>> display = FrequencyDisplay.from_labels(labels, time=time, by="season")
    """

    def __init__(self, table, *, by=None, trends=None, confidence_level=0.95):
        self.table = table
        self.by = by
        self.trends = trends
        self.confidence_level = confidence_level

    @classmethod
    def from_labels(
        cls,
        labels,
        *,
        time=None,
        by=None,
        trend=False,
        names=None,
        n_columns=None,
        axes=None,
        **params,
    ):
        """Draw the frequency of the clusters of any clustering.

        Parameters
        ----------
        labels, time, by
            As for :func:`~skvaeclust.sequences.frequencies`.
        trend : bool, default=False
            Whether to draw the linear trend over years, with its interval. Requires
            ``by="year"`` or ``by="winter"``.
        names, n_columns, axes
            As for :meth:`plot`.
        **params : dict
            Other parameters of :func:`~skvaeclust.sequences.frequencies`.

        Returns
        -------
        display : FrequencyDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If ``trend`` is True and ``by`` is neither "year" nor "winter".
        """
        name = by if by is None or isinstance(by, str) else getattr(by, "name", "group")
        if check_flag(trend, "trend") and name not in ("year", "winter"):
            raise ValueError(
                f"trend=True requires by='year' or 'winter', got {name!r}."
            )
        table, trends = frequencies(labels, time=time, by=by, **params), None
        if trend:
            shared = {k: v for k, v in params.items() if k in SHARED}
            trends = frequency_trends(labels, time=time, **shared)
        level = params.get("confidence_level", 0.95)
        display = cls(table, by=name, trends=trends, confidence_level=level)
        return display.plot(names=names, n_columns=n_columns, axes=axes)

    @in_print_style
    def plot(self, *, names=None, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        n_columns : int, default=None
            Panels per row, each a quarter of a page wide. Default: at most four.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, as many as in ``axes_``. None makes a new figure.

        Returns
        -------
        display : FrequencyDisplay
            This object.
        """
        n_clusters = self.table.index.get_level_values("cluster").max() + 1
        if len(self.table) == n_clusters:
            self._draw_all(check_names(names, n_clusters), axes)
        else:
            self._draw_groups(names, n_clusters, n_columns, axes)
        return self

    def _draw_all(self, names, axes):
        """Draw one row per cluster."""
        width = max(8, 4.5 + LETTER * max(map(len, names)))
        size = (width * CENTIMETRE, (1.3 + 0.55 * len(names)) * CENTIMETRE)
        self.figure_, self.axes_ = make_axes(axes, 1, figsize=size)
        (ax,) = self.axes_
        for k in range(len(names)):
            _draw_points(ax, np.array([k]), self.table.iloc[[k]], k, sideways=True)
        name_clusters(ax.yaxis, names)
        label = f"{LABEL}, {self._interval()}"
        ax.set(ylim=(len(names) - 0.5, -0.5), xlabel=label)
        ax.set_xlim(left=0)
        set_round_ticks(ax.xaxis, 5)
        ax.spines[["top", "right"]].set_visible(False)

    def _draw_groups(self, names, n_clusters, n_columns, axes):
        """Draw one panel per cluster."""
        groups, x, texts = self._arrange_groups()
        lines = [line for text in texts or () for line in text.split("\n")]
        longest = max(map(len, lines), default=0)
        turned = len(texts or ()) * (1 + longest) > 24
        if turned:  # on one line
            texts = [text.replace("\n", " ") for text in texts]
            longest = max(map(len, texts))
        n_breaks = max((text.count("\n") for text in texts or ()), default=0)
        self.figure_, self.axes_ = make_panels(
            axes,
            names,
            n_clusters,
            n_columns=n_columns,
            xlabel=self.by or "group",
            ylabel=LABEL,
            notes=self._trend_values(),
            tick_height=0.15 * longest if turned else LINE * n_breaks,
        )
        top = max(1, 105 * self.table[["frequency", "high"]].max(axis=None))
        joined = texts is None
        band = joined and len(groups) > MANY
        for k, ax in enumerate(self.axes_):
            of_cluster = self.table.xs(k, level="cluster").reindex(groups)
            _draw_points(ax, x, of_cluster, k, line=joined, band=band)
            if self.trends is not None:
                row, years = self.trends.loc[k], x[[0, -1]]
                change = row["trend"] * (years - row["mean_year"]) / 10
                line = 100 * (row["mean_frequency"] + change)
                ax.plot(years, line, color=ink(), zorder=3)
            if texts is not None:
                ax.set_xticks(x, texts, rotation=90 if turned else 0)
                ax.set_xlim(-0.5, len(x) - 0.5)
            elif groups.dtype.kind == "M":
                set_dates(ax)
            elif x.dtype.kind in "iu":
                if self.by == "winter":
                    years = round_years(x, max(2, n_labels(ax, 1.4)))
                    ax.set_xticks(years, [name_winter(year) for year in years])
                else:
                    set_round_ticks(ax.xaxis, 3, integer=True)
            set_round_ticks(ax.yaxis, 4)
            ax.set_ylim(0, top)
        add_legend(self.figure_, self.axes_[-1], axes is None, self._key(band))

    def _interval(self):
        return f"{100 * self.confidence_level:g} % interval"

    def _key(self, band):
        """Return handles of the legend for what is drawn."""
        from matplotlib.lines import Line2D

        key, point = [], {"color": "0.4", "marker": "o", "markersize": 3}
        if self.table["low"].notna().any():
            bar = {"color": "0.6", "marker": "|", "markersize": 9, "linestyle": ""}
            look = {"color": "0.8", "linewidth": 6} if band else bar
            key.append(Line2D([], [], label=self._interval(), **look))
        if not self.table.get("complete", np.ones(1)).all():
            label = f"incomplete {self.by}"
            hollow = {"mfc": self.axes_[0].get_facecolor(), "linestyle": ""}
            key.append(Line2D([], [], label=label, **point | hollow))
        if self.trends is not None:
            label = f"trend: percentage points per decade [{self._interval()}]"
            key.append(Line2D([], [], color=ink(), label=label))
        return key

    def _arrange_groups(self):
        """Return the groups in order, their places and, unless numeric, their names.

        The first month follows a month without samples, if there is one.
        """
        groups = self.table.index.unique("group")
        many, texts = len(groups) > 4, groups.astype(str)
        if self.by == "season" and groups.isin(SEASONS).all():
            groups = groups.sort_values(key=lambda names: names.map(SEASONS.index))
            texts = groups
        elif self.by == "month" and groups.isin(range(1, 13)).all():
            starts = [m for m in groups if (m - 2) % 12 + 1 not in groups]
            first = min(starts, default=1)
            groups = groups.sort_values(key=lambda months: (months - first) % 12)
            texts = [MONTHS[month - 1][: 1 if many else 3] for month in groups]
        elif groups.dtype.kind in "iufM":
            return groups, groups.to_numpy(), None
        elif self.by == "winter" and texts.str.fullmatch(r"\d+/\d\d").all():
            return groups, texts.str.split("/").str[0].to_numpy(dtype=int) + 1, None
        look = {"width": max(1, 24 // len(groups) - 2), "break_long_words": False}
        texts = [text if many else fill(text, **look) for text in texts]
        return groups, np.arange(len(groups)), texts

    def _trend_values(self):
        """Return the trend of each cluster with its interval as text."""
        if self.trends is None:
            return None
        points = 100 * self.trends[["trend", "low", "high"]].to_numpy()
        texts = ["{:+.1f} [{:.1f}, {:.1f}] pp".format(*values) for values in points]
        return [text.replace("-", "\N{MINUS SIGN}") for text in texts]


def _draw_points(ax, x, rows, k, line=False, band=False, sideways=False):
    """Draw frequencies and their intervals."""
    values = 100 * rows["frequency"].to_numpy()
    low, high = 100 * rows[["low", "high"]].to_numpy().T
    points = (values, x) if sideways else (x, values)
    errors = {"xerr" if sideways else "yerr": np.abs([low - values, high - values])}
    if band:
        ax.fill_between(x, low, high, color=cluster_color(k), alpha=0.2, lw=0)
    *_, bars = ax.errorbar(
        *points,
        **{} if band else errors,
        color=cluster_color(k),
        marker=cluster_marker(k),
        markersize=3 if len(x) <= MANY else 2,
        linestyle="-" if line else "",
        linewidth=0.8,
        clip_on=False,
    )
    for bar in bars:
        bar.set_alpha(0.5)
    if "complete" not in rows:
        return
    hollow = ~rows["complete"].to_numpy(dtype=bool)
    if hollow.any():  # a line without points extends to the corner of the figure
        look = {"markersize": 3, "mfc": ax.get_facecolor(), "linestyle": ""}
        look |= {"color": cluster_color(k), "marker": cluster_marker(k)}
        points = [of_axis[hollow] for of_axis in points]
        ax.plot(*points, clip_on=False, zorder=3, **look)
