"""Colours, sizes and axes that all displays share."""

from contextlib import contextmanager
from functools import wraps

import numpy as np

from skvaeclust._arguments import check_integer
from skvaeclust._plotting._checks import check_display, check_parameters
from skvaeclust._words import shown

# Colours for colour-blind readers. The first five also differ in lightness, for prints
# without colour; areas of the others are hatched. After the last one, colours repeat.
COLORS = (
    "#0A4D8C",
    "#C75000",
    "#30A67E",
    "#EA9FC9",
    "#1A1A1A",
    "#EBC234",
    "#8A4BA8",
    "#6DB9E8",
    "#8C6D31",
    "#6A3D9A",
    "#9AB800",
    "#7F0000",
    "#7F7F7F",
)
HATCHES = ("/", "\\", ".", "-", "x", "o", "+", "*")
N_PLAIN = len(COLORS) - len(HATCHES)  # colours without hatches
DENSITY = 6  # of hatches
MARKERS = "os^DvPX*<>hd"
MAX_SHOWN = 100  # clusters, which can be drawn in seconds
LAND = NO_CLUSTER = "0.87"
LIGHTEST = 0.2  # luminance of text on a light background; it is lighter on a dark one
CENTIMETRE = 1 / 2.54  # inches
PAGE_WIDTH = 17 * CENTIMETRE
PRINT = {
    "font.size": 8,
    "axes.titlesize": "medium",
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.formatter.use_mathtext": True,
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
}


def _linear(color):
    """Return the linear red, green and blue of a colour, and its luminance."""
    from matplotlib.colors import to_rgb

    linear = np.array(to_rgb(color)) ** 2.2
    return linear, linear @ [0.21, 0.72, 0.07]


def _is_dark():
    from matplotlib import rcParams

    return _linear(rcParams["axes.facecolor"])[1] < LIGHTEST


def ink():
    """Return the colour of text and lines: black, or white in a dark style."""
    from matplotlib import rcParams

    return rcParams["text.color"]


def cluster_color(k):
    """Return the colour of a cluster, the same in all displays; -1 is grey.

    Dark colours are lighter in a dark style.
    """
    color = COLORS[k % len(COLORS)] if k >= 0 else NO_CLUSTER
    linear, luminance = _linear(color)
    if luminance < LIGHTEST and _is_dark():
        white = (LIGHTEST - luminance) / (1 - luminance)
        color = tuple((linear + white * (1 - linear)) ** (1 / 2.2))
    return color


def area_style(k):
    """Return the style of an area of a cluster: its colour and, from 5 on, a hatch."""
    color, number = cluster_color(k), k % len(COLORS) - N_PLAIN
    style = {"facecolor": color, "linewidth": 0, "edgecolor": color, "hatch": None}
    if k >= 0 and number >= 0:
        edge = "white" if _linear(color)[1] < LIGHTEST else "black"
        style |= {"edgecolor": edge, "hatch": DENSITY * HATCHES[number]}
    return style


def text_color(k):
    """Return the colour of the name of a cluster, dark or light enough to read."""
    color = cluster_color(k)
    linear, luminance = _linear(color)
    if luminance > LIGHTEST and not _is_dark():
        color = tuple((linear * LIGHTEST / luminance) ** (1 / 2.2))
    return color


def cluster_marker(k):
    """Return the marker of a cluster in scatter plots."""
    return MARKERS[k % len(MARKERS)]


def in_print_style(plot):
    """Apply print sizes in a plot method, unless axes are given.

    rcParams that the user has changed are kept.
    """

    @wraps(plot)
    def styled(self, **params):
        try:
            import matplotlib as mpl
        except ImportError as error:
            name = type(self).__name__
            raise ImportError(
                f"{name} needs matplotlib: pip install 'skvaeclust[plot]'."
            ) from error
        rc, default = mpl.rcParams, mpl.rcParamsDefault
        unchanged = {k: v for k, v in PRINT.items() if rc[k] == default[k]}
        given = params.get("ax") is not None or params.get("axes") is not None
        check_parameters(plot, params)
        check_display(self)
        with mpl.rc_context({} if given else unchanged), _closing_new_figures():
            return plot(self, **params)

    return styled


@contextmanager
def _closing_new_figures():
    """Close figures that were made before an error."""
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    try:
        yield
    except Exception:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)
        raise


def make_axes(axes, n_axes, **params):
    """Check the given axes, or make ``n_axes`` axes of a new figure.

    ``params`` are those of :func:`matplotlib.pyplot.subplots`. Return the figure and an
    array of axes. Functions of pyplot do not draw on a new figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    from skvaeclust._plotting._figure import DisplayFigure

    if axes is None:
        before = plt.gcf() if plt.get_fignums() else None
        params = {"layout": "constrained", "FigureClass": DisplayFigure} | params
        figure, axes = plt.subplots(squeeze=False, **params)
        if before is not None:
            plt.figure(before)
        axes = axes.ravel()
        for ax in axes[n_axes:]:
            ax.remove()
        return figure, axes[:n_axes]
    given = list(axes.values()) if isinstance(axes, dict) else axes  # of a mosaic
    axes = np.atleast_1d(np.asarray(given, dtype=object)).ravel()
    name = "ax" if n_axes == 1 else "axes"
    if not all(isinstance(ax, Axes) for ax in axes):
        raise TypeError(
            f"{name}={shown(given)} must be matplotlib Axes, {n_axes} expected."
        )
    other = [ax for ax in axes if ax.name in ("polar", "3d")]
    if other or len({ax.figure for ax in axes}) > 1:
        kind = f"those of the projection {other[0].name!r}" if other else "several ones"
        raise ValueError(f"{name} must be plane Axes of one figure, got {kind}.")
    if len(axes) != n_axes:
        raise ValueError(f"{name} has {len(axes)} axes, expected {n_axes}.")
    return axes[0].figure, axes


def check_columns(n_columns):
    """Check the number of columns of a figure."""
    if n_columns is not None:
        check_integer(n_columns, "n_columns", 1)


def size_of(ax):
    """Return the approximate size of axes before they are laid out, in cm."""
    figure, spec = ax.figure, ax.get_subplotspec()
    fraction = ax.get_position().size
    if spec is not None:
        rows, columns = spec.get_gridspec().get_geometry()
        fraction = np.array([len(spec.colspan) / columns, len(spec.rowspan) / rows])
    return fraction * figure.bbox.size / figure.dpi / CENTIMETRE


def n_columns_of(handles, width, font):
    """Return how many columns of a legend fit into a width (cm)."""
    n_letters = (width - 0.3) / (0.021 * font)
    lengths = [5 + len(handle.get_label()) for handle in handles]
    for n_columns in range(len(handles), 1, -1):
        if sum(map(max, np.array_split(lengths, n_columns))) <= n_letters:
            return n_columns
    return 1


def add_legend(figure, ax, own, handles):
    """Add a legend below the plots of a new figure, or below given axes.

    It is inside given axes if the figure has no layout that makes space for it.
    """
    if not handles:
        return
    look = {"handles": handles, "handlelength": 1.3, "columnspacing": 1.1}
    if own:
        width = figure.get_size_inches()[0] / CENTIMETRE
        look["ncols"] = n_columns_of(handles, width, ax.xaxis.label.get_fontsize())
        figure.legend(loc="outside lower center", **look)
    elif figure.get_layout_engine() is None:
        ax.legend(fontsize="small", **look)
    else:
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "frameon": False}
        ax.legend(fontsize="small", borderaxespad=4.5, **place, **look)


def n_labels(ax, width):
    """Return how many labels of a width (cm, at 8 points) fit below axes."""
    letter = ax.xaxis.label.get_fontsize() / 8
    return max(1, int((size_of(ax)[0] - 1.2) / (width * letter)))


def set_dates(ax):
    """Label dates without repeating the year and month."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    most = int(np.clip(n_labels(ax, 1.1), 2, 11))
    locator = AutoDateLocator(minticks=min(most, 5), maxticks=most)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def set_round_ticks(axis, n_intervals, **params):
    """Place ticks at round steps, with about ``n_intervals`` between them."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(n_intervals, steps=[1, 2, 5, 10], **params))


def name_clusters(axis, names, numbers=None):
    """Label an axis with the names of the clusters, in their colours."""
    axis.set_ticks(range(len(names)), names)
    axis.set_tick_params(length=0)
    numbers = range(len(names)) if numbers is None else numbers
    for k, label in zip(numbers, axis.get_ticklabels(), strict=True):
        label.set(color=text_color(k), weight="bold")


def check_names(names, n_clusters):
    """Return one name per cluster: those given, or the cluster numbers."""
    if n_clusters > MAX_SHOWN:
        raise ValueError(
            f"A display shows at most {MAX_SHOWN} clusters, got "
            f"n_clusters={n_clusters}."
        )
    if names is None:
        return [str(k) for k in range(n_clusters)]
    if np.ndim(names) != 1 or len(names) != n_clusters:
        raise ValueError(
            f"names={shown(names)} must be {n_clusters} names, one per cluster."
        )
    return [str(name) for name in np.asarray(names)]


def as_titles(names):
    """Return names of clusters as titles: "cluster 0" for a number."""
    return [f"cluster {name}" if name.isdigit() else name for name in names]
