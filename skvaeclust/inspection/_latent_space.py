"""Display of the latent space."""

from textwrap import fill

import numpy as np
from sklearn.base import clone

from skvaeclust._plotting._calendar import NO_CLUSTER
from skvaeclust._plotting._places import limits_of, set_equal_aspect, spread_out
from skvaeclust._plotting._shading import are_indices
from skvaeclust._plotting._style import (
    CENTIMETRE,
    PAGE_WIDTH,
    add_legend,
    area_style,
    check_names,
    cluster_color,
    cluster_marker,
    in_print_style,
    ink,
    make_axes,
    name_clusters,
    size_of,
    text_color,
)
from skvaeclust._steps import as_final_step_sees, final_step
from skvaeclust._words import counted

NAME_WIDTH = 13  # letters
FEW = 8  # clusters whose names fit into half the width of a page
ROW, HIGHEST = 0.75, 0.85  # height of a histogram (cm), and of its highest bar
LETTER = np.array([0.028, 0.06])  # width and height of bold type, cm per point


class LatentSpaceDisplay:
    """Samples in latent space, with ellipses of one standard deviation per cluster.

    Usually created by :meth:`from_estimator`.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, latent_dim)
        Positions of the samples.
    labels : ndarray of shape (n_samples,)
        Clusters of the samples.
    means, variances : ndarray of shape (n_clusters, latent_dim)
        Means and variances of p(z|k).
    copies : ndarray of shape (n_copies, latent_dim), default=None
        Positions of augmented samples.

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
    >>> from skvaeclust.inspection import LatentSpaceDisplay
    >>> X = make_idealized_circulations(30, height=8, width=9, random_state=0).data
    >>> model = VAEClustering(3, random_state=0).fit(X)
    >>> display = LatentSpaceDisplay.from_estimator(model, X)
    """

    def __init__(self, Z, labels, means, variances, copies=None):
        self.Z = Z
        self.labels = labels
        self.means = means
        self.variances = variances
        self.copies = copies

    @classmethod
    def from_estimator(cls, estimator, X, *, random_state=0, **params):
        """Draw the latent space of a fitted model.

        Parameters
        ----------
        estimator : fitted VAEClustering, or a Pipeline, search or FieldClustering of it
            The model. If it has an ``augmenter``, its copies of X are drawn in grey.
        X : array-like of shape (n_samples, ...) or labelled fields
            Samples.
        random_state : int, RandomState instance or None, default=0
            Seed of the copies.
        **params : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : LatentSpaceDisplay
            The display, drawn.
        """
        model, copies = final_step(estimator), None
        if getattr(model, "augmenter", None) is not None:
            augmenter = clone(model.augmenter, safe=False)
            if hasattr(augmenter, "random_state"):
                augmenter.random_state = random_state
            seen = as_final_step_sees(estimator, X)
            augmenter.fit(seen)
            noisy = augmenter.augment(seen)
            copies = model.transform(noisy) if len(noisy) else None
        labels = np.ravel(estimator.predict(X))
        Z = np.reshape(estimator.transform(X), (len(labels), -1))
        present = ~np.isnan(Z).any(axis=1)  # samples without any value have no position
        display = cls(
            Z[present],
            labels[present],
            model.latent_means_,
            model.latent_variances_,
            copies,
        )
        return display.plot(**params)

    @in_print_style
    def plot(self, *, dims=(0, 1), names=None, ax=None):
        """Draw the plot.

        Parameters
        ----------
        dims : tuple of two int, default=(0, 1)
            Latent variables to draw. A model with a single one gets a histogram.
        names : sequence of str, default=None
            Names of the clusters. Default: cluster numbers.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.

        Returns
        -------
        display : LatentSpaceDisplay
            This object.

        Raises
        ------
        ValueError
            If ``dims`` are not latent variables, or names are not one per cluster.
        """
        n_clusters, latent_dim = np.shape(self.means)
        if latent_dim > 1 and not are_indices(dims, latent_dim):
            raise ValueError(
                f"dims={dims!r} must be two different integers from 0 to "
                f"{latent_dim - 1}."
            )
        names = check_names(names, n_clusters)
        own = ax is None
        if latent_dim == 1:
            key = self._draw_line(names, ax)
        else:
            key = self._draw_plane([int(d) for d in dims], names, ax)
        add_legend(self.figure_, self.ax_, own, key)
        return self

    def _draw_line(self, names, ax):
        """Draw one histogram per cluster; return the handles of the legend."""
        from matplotlib.lines import Line2D

        numbers = [*range(len(names))]
        if (self.labels == -1).any():
            numbers, names = [*numbers, -1], [*names, NO_CLUSTER]
        width = max(8.5, 5 + LETTER[0] * 8 * max(map(len, names)))
        size = (width * CENTIMETRE, (2 + ROW * len(names)) * CENTIMETRE)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size)
        edges = np.histogram_bin_edges(self.Z, bins=30)
        counts = [np.histogram(self.Z[self.labels == k], edges)[0] for k in numbers]
        highest = max(1, np.max(counts))
        spread = np.sqrt(self.variances[:, 0])
        for row, (k, count) in enumerate(zip(numbers, counts, strict=True)):
            heights = row - HIGHEST * count / highest
            self.ax_.stairs(heights, edges, baseline=row, fill=True, **area_style(k))
            if k >= 0:
                look = {"color": cluster_color(k), "marker": "|", "lw": 1.5}
                self.ax_.errorbar(self.means[k, 0], row + 0.12, xerr=spread[k], **look)
        name_clusters(self.ax_.yaxis, names, numbers)
        self.ax_.set(ylim=(len(names) - 0.65, -0.95), xlabel="latent variable")
        title = {"loc": "right", "fontsize": self.ax_.xaxis.label.get_fontsize()}
        self.ax_.set_title(f"highest bar: {counted(highest, 'sample')}", **title)
        self.ax_.spines[["top", "right", "left"]].set_visible(False)
        look = {"color": "0.4", "marker": "|", "markersize": 6, "lw": 1.5}
        return [Line2D([], [], label="mean, one standard deviation", **look)]

    def _draw_plane(self, dims, names, ax):
        """Draw points and ellipses; return the handles of their legend."""
        from matplotlib.lines import Line2D

        means, spread = self.means[:, dims], np.sqrt(self.variances[:, dims])
        points = [p[:, dims] for p in (self.Z, self.copies) if p is not None]
        low, high = limits_of(*points, means - spread, means + spread)
        ratio = np.divide(*(high - low))
        width = (0.5 if len(names) <= FEW else 0.75) * PAGE_WIDTH
        height = width * np.clip(1 / ratio, 0.5, 1.2) + 0.6 * CENTIMETRE
        size = (width, height)
        self.figure_, (self.ax_,) = make_axes(ax, 1, figsize=size, layout="compressed")
        xlabel, ylabel = (f"latent variable {d}" for d in dims)
        self.ax_.set(xlabel=xlabel, ylabel=ylabel)
        if (latent_dim := np.shape(self.means)[1]) > 2:
            title = {"loc": "right", "fontsize": self.ax_.xaxis.label.get_fontsize()}
            self.ax_.set_title(f"2 of {latent_dim} latent variables", **title)
        set_equal_aspect(self.ax_, low, high, keep_shape=ax is not None)
        style, key = {"linewidths": 0}, []
        if self.copies is not None:
            x, y = self.copies[:, dims].T
            self.ax_.scatter(x, y, s=2, color="0.75", **style)
            look = {"ls": "", "color": "0.6", "markersize": 3}
            key = [Line2D([], [], marker=".", label="copies", **look)]
        style |= {"s": np.clip(2500 / len(self.Z), 3, 14), "alpha": 0.7}
        if (unassigned := self.labels == -1).any():
            look = {"color": "0.55", "marker": "x"}
            self.ax_.scatter(*self.Z[unassigned][:, dims].T, **look, s=5, lw=0.6)
            look |= {"ls": "", "markersize": 3, "mew": 0.6}
            key.append(Line2D([], [], label=NO_CLUSTER, **look))
        for k in range(len(names)):
            x, y = self.Z[self.labels == k][:, dims].T
            look = {"color": cluster_color(k), "marker": cluster_marker(k)}
            self.ax_.scatter(x, y, **look, **style)
        self._draw_clusters(means, spread, names, low, high)
        look = {"marker": "o", "mfc": "none", "ls": "", "color": ink(), "markersize": 7}
        label = fill("one standard deviation", 12 if size_of(self.ax_)[0] < 6 else 24)
        return [*key, Line2D([], [], label=label, **look)]

    def _draw_clusters(self, means, spread, names, low, high):
        """Draw the ellipse and the name of each cluster."""
        from matplotlib.patches import Ellipse

        names = [fill(name, NAME_WIDTH, break_long_words=False) for name in names]
        lines = [name.split("\n") for name in names]
        letters = np.array(
            [(1 + max(map(len, part)), 0.5 + len(part)) for part in lines]
        )
        font = self.ax_.xaxis.label.get_fontsize()
        sizes = letters * LETTER * font * np.max((high - low) / size_of(self.ax_))
        # Names that would hide their ellipse are above or below it.
        away = (sizes[:, 1] / 2 + spread[:, 1]) * (sizes > 2 * spread).any(axis=1)
        away *= np.where(means[:, 1] < np.mean([low[1], high[1]]), -1, 1)
        starts = means + np.outer(away, [0, 1])
        places = spread_out(starts, sizes, low + sizes / 2, high - sizes / 2)
        box = {"boxstyle": "round,pad=0.15", "alpha": 0.8}
        box["facecolor"] = self.ax_.get_facecolor()
        style = {"ha": "center", "va": "center", "weight": "bold", "fontsize": font}
        for k, (place, name) in enumerate(zip(places, names, strict=True)):
            color = cluster_color(k)
            look = {"fill": False, "color": color, "lw": 1.5}
            self.ax_.add_patch(Ellipse(means[k], *2 * spread[k], **look))
            self.ax_.plot(*np.stack([means[k], place]).T, color=color, lw=0.8)
            edge = box | {"edgecolor": color, "linewidth": 0.6}
            self.ax_.text(*place, name, color=text_color(k), bbox=edge, **style)
