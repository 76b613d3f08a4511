"""Displays of the skill of forecasts by lead time, and of their reliability."""

import numpy as np

from skvaeclust._plotting._checks import check_result
from skvaeclust._plotting._panels import make_panels
from skvaeclust._plotting._style import (
    add_legend,
    as_titles,
    check_names,
    cluster_color,
    in_print_style,
    ink,
    text_color,
)
from skvaeclust.verification import forecast_skill
from skvaeclust.verification._result import lead_text

ALL = "all clusters"
SEVERAL = 4  # lead times of the reliability, by default


class ForecastSkillDisplay:
    """Skill by lead time with intervals, one panel for all clusters and one for each.

    Usually created by :meth:`from_forecasts`.

    Parameters
    ----------
    skill : ForecastSkill
        Result of :func:`~skvaeclust.verification.forecast_skill`.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        That of all clusters, then one per cluster.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    ReliabilityDisplay : Observed frequencies, given the probability.
    skvaeclust.verification.forecast_skill : With an example of forecasts.
    """

    def __init__(self, skill):
        self.skill = skill

    @classmethod
    def from_forecasts(cls, probabilities, truth, *, names=None, axes=None, **params):
        """Compute the skill of forecasts, and draw it.

        Parameters
        ----------
        probabilities, truth : DataArray
            As for :func:`~skvaeclust.verification.forecast_skill`.
        names, axes
            As for :meth:`plot`.
        **params : dict
            Other parameters of :func:`~skvaeclust.verification.forecast_skill`.

        Returns
        -------
        display : ForecastSkillDisplay
            The display, drawn.
        """
        skill = forecast_skill(probabilities, truth, **params)
        return cls(skill).plot(names=names, axes=axes)

    @in_print_style
    def plot(self, *, names=None, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        names : sequence of str, default=None
            Names of the clusters. Default: those of the forecasts, or cluster numbers.
        n_columns : int, default=None
            Panels per row, each a quarter of a page wide. Default: at most four.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, as many as in ``axes_``. None makes a new figure.

        Returns
        -------
        display : ForecastSkillDisplay
            This object.
        """
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        scores = self.skill.to_dataset()
        lead = scores[scores["n_pairs"].dims[0]]
        x, units = _lead_axis(lead)
        n_clusters = scores.sizes["cluster"]
        names = scores["cluster"].values if names is None else names
        names = check_names(names, n_clusters)
        horizons = [scores["horizon"], *scores["cluster_horizon"]]
        self.figure_, self.axes_ = make_panels(
            axes,
            [ALL, *as_titles(names)],
            n_clusters + 1,
            n_columns=n_columns,
            xlabel=f"lead time ({units})" if units else "lead time",
            ylabel="skill",
            notes=[f"horizon: {_horizon(h, lead)}" for h in horizons],
        )
        for i, ax in enumerate(self.axes_):
            color = cluster_color(i - 1) if i else ink()
            value, low, high = (
                scores[f"cluster_{name}"][:, i - 1] if i else scores[name]
                for name in ("skill", "skill_low", "skill_high")
            )
            _color_title(ax, text_color(i - 1) if i else ink())
            ax.fill_between(x, low, high, color=color, alpha=0.25, lw=0)
            ax.plot(x, value, "o-", color=color, markersize=2.5)
            ax.axhline(0, color="0.4", lw=0.8, ls="--")
        names = ["skill_low", "skill_high", "cluster_skill_low", "cluster_skill_high"]
        limits = np.concatenate([scores[name].values.ravel() for name in names])
        low, high = np.nanmin(limits, initial=-0.05), np.nanmax(limits, initial=0.3)
        self.axes_[0].set_ylim(max(-1, 1.05 * low), min(1.05, 1.05 * high))
        level = f"{100 * scores.attrs['confidence_level']:g} % interval"
        key = [
            Line2D([], [], color=ink(), marker="o", markersize=2.5, label="skill"),
            Patch(color="0.75", label=level),
            Line2D([], [], color="0.4", ls="--", label=scores.attrs["reference"]),
        ]
        add_legend(self.figure_, self.axes_[-1], axes is None, key)
        return self


class ReliabilityDisplay:
    """Observed frequency of clusters against their probability, one panel per lead.

    Bars show the distribution of the forecasts. On the diagonal, forecasts are
    reliable.

    Usually created by :meth:`from_skill`.

    Parameters
    ----------
    reliability : Dataset
        Result of :meth:`~skvaeclust.verification.ForecastSkill.reliability`.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes
        One per lead time.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    ForecastSkillDisplay : Skill by lead time.
    skvaeclust.verification.forecast_skill : With an example of forecasts.
    """

    def __init__(self, reliability):
        self.reliability = reliability

    @classmethod
    def from_skill(cls, skill, *, leads=None, clusters=None, **params):
        """Compute the reliability of forecasts, and draw it.

        Parameters
        ----------
        skill : ForecastSkill
            Result of :func:`~skvaeclust.verification.forecast_skill`.
        leads : array-like of int, default=None
            Indices of lead times. Default: up to four, from the first to the last.
        clusters : array-like of int, default=None
            Clusters whose forecasts are pooled. Default: all.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ReliabilityDisplay
            The display, drawn.
        """
        check_result(skill, "skill", ("reliability", "probabilities"), "forecast_skill")
        if leads is None:
            n_leads = skill.probabilities.shape[1]
            n_drawn = min(SEVERAL, n_leads)
            leads = np.round(np.linspace(0, n_leads - 1, n_drawn)).astype(int)
        return cls(skill.reliability(leads, clusters)).plot(**params)

    @in_print_style
    def plot(self, *, n_columns=None, axes=None):
        """Draw the plot.

        Parameters
        ----------
        n_columns : int, default=None
            Panels per row, each a quarter of a page wide. Default: at most four.
        axes : sequence of matplotlib Axes, default=None
            Axes to draw on, one per lead time. None makes a new figure.

        Returns
        -------
        display : ReliabilityDisplay
            This object.
        """
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        table = self.reliability
        lead_dim = table["frequency"].dims[0]
        leads, grid = table[lead_dim], table["probability"].values
        self.figure_, self.axes_ = make_panels(
            axes,
            [lead_text(lead) for lead in leads],
            leads.size,
            n_columns=n_columns,
            xlabel="forecast probability",
            ylabel="observed frequency",
        )
        color = cluster_color(0)
        for i, ax in enumerate(self.axes_):
            rows = table.isel({lead_dim: i})
            _color_title(ax, ink())
            ax.plot([0, 1], [0, 1], color="0.4", lw=0.8, ls="--")
            ax.bar(grid, rows["fraction"], width=grid[1], color="0.8")
            ax.fill_between(
                grid, rows["low"], rows["high"], color=color, alpha=0.3, lw=0
            )
            ax.plot(grid, rows["frequency"], color=color, lw=1.2)
            ax.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        level = f"{100 * table.attrs['confidence_level']:g} % interval"
        key = [
            Line2D([], [], color=color, label="observed"),
            Patch(color=color, alpha=0.3, lw=0, label=level),
            Patch(color="0.8", label="fraction of forecasts"),
            Line2D([], [], color="0.4", ls="--", label="reliable"),
        ]
        add_legend(self.figure_, self.axes_[-1], axes is None, key)
        return self


def _color_title(ax, color):
    ax.set_title(ax.get_title("left"), loc="left", color=color, weight="bold")


def _lead_axis(lead):
    """Return lead times as numbers, and their units."""
    if lead.dtype.kind != "m":
        return lead.values, lead.attrs.get("units", "")
    days = lead.values / np.timedelta64(1, "D")
    return (24 * days, "hours") if days.max() < 3 else (days, "days")


def _horizon(horizon, lead):
    """Return the horizon as text."""
    if horizon.isnull():
        return "none"
    beyond = "≥ " if horizon == lead[-1] else ""  # the last lead time
    return beyond + lead_text(horizon)
