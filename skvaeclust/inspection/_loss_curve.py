"""Display of the loss curve."""

import numpy as np

from skvaeclust._plotting._style import (
    CENTIMETRE,
    in_print_style,
    make_axes,
    text_color,
)
from skvaeclust._steps import final_step

TERMS = {  # and their line styles
    "loss": "-",
    "reconstruction": "--",
    "categorical": "-.",
    "latent": ":",
    "balance": (0, (6, 1, 1, 1, 1, 1)),
}


class LossCurveDisplay:
    """Plot of the loss and its terms against the epoch.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    curve : list of dict
        ``history_`` of the model.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from skvaeclust import VAEClustering
    >>> from skvaeclust.datasets import make_idealized_circulations
    >>> from skvaeclust.inspection import LossCurveDisplay
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> display = LossCurveDisplay.from_estimator(model)
    """

    def __init__(self, curve):
        self.curve = curve

    @classmethod
    def from_estimator(cls, estimator, **params):
        """Draw the loss curve of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or Pipeline or search that ends in one
            The model.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.
        """
        return cls(final_step(estimator, ("history_",)).history_).plot(**params)

    @in_print_style
    def plot(self, *, ax=None):
        """Draw the plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : LossCurveDisplay
            This object.
        """
        size = (11 * CENTIMETRE, 7 * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        epochs = np.array([record["epoch"] for record in self.curve]) + 1
        marker = "o" if len(epochs) == 1 else ""
        for i, (name, line) in enumerate(TERMS.items()):
            values = np.array([record[name] for record in self.curve])
            if not (values > 0).any():  # not shown on a logarithmic axis
                continue
            style = {
                "color": text_color(i),
                "lw": 2 if name == "loss" else 1.2,
                "ls": line,
            }
            style["marker"] = marker
            self.ax_.plot(epochs, values, label=name, **style)
        self.ax_.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        phases = [record["phase"] for record in self.curve]
        last = phases.count(phases[0])  # of the first phase
        if last < len(phases):
            end, place = epochs[last] - 0.5, self.ax_.get_xaxis_transform()
            style = {"va": "bottom", "color": "0.4", "size": "small"}
            self.ax_.axvline(end, color="0.7", lw=1, ls=":")
            self.ax_.text(end, 1, f"{phases[0]} ", ha="right", transform=place, **style)
            self.ax_.text(end, 1, f" {phases[-1]}", ha="left", transform=place, **style)
        self.ax_.set(xlabel="epoch", ylabel="mean over the samples", yscale="log")
        self.ax_.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        self.ax_.spines[["top", "right"]].set_visible(False)
        return self
