"""Small panels, one per cluster, on common axes."""

from textwrap import fill

from skvaeclust._plotting._style import (
    CENTIMETRE,
    as_titles,
    check_columns,
    check_names,
    make_axes,
    text_color,
)

PANEL = (4.25, 2.9)  # cm; a page has four columns
LINE = 0.4  # cm
BELOW = 1.7  # axis label and legend, cm
TITLE_WIDTH = 17  # letters
ABOVE = {"xycoords": "axes fraction", "textcoords": "offset points"}


def make_panels(
    axes, names, n_clusters, *, n_columns, xlabel, ylabel, notes=None, tick_height=0
):
    """Make one panel per cluster, titled with its name and, below it, a note.

    Only outer panels of a new figure have axis labels. ``tick_height`` is the height of
    tick labels of more than one line, cm. Return the figure and an array of axes.
    """
    check_columns(n_columns)
    given = axes is not None
    titles = check_names(names, n_clusters)
    if names is None:
        titles = as_titles(titles)
    names = [fill(title, TITLE_WIDTH) for title in titles]
    if notes is not None:
        names = [name + "\n" for name in names]
    if n_columns is None:
        n_columns = 3 if n_clusters in (3, 5, 6, 9) else min(4, n_clusters)
    n_rows = -(-n_clusters // n_columns)
    n_lines = 1 + max(name.count("\n") for name in names)
    width = max(2, n_columns) * PANEL[0]
    height = n_rows * (PANEL[1] + n_lines * LINE) + BELOW + tick_height
    figure, axes = make_axes(
        axes,
        n_clusters,
        nrows=n_rows,
        ncols=n_columns,
        figsize=(width * CENTIMETRE, height * CENTIMETRE),
        sharex=True,
        sharey=True,
    )
    for k, ax in enumerate(axes):
        ax.set_title(names[k], loc="left", color=text_color(k), weight="bold")
        if notes is not None:
            ax.annotate(notes[k], (0, 1), (0, 4), **ABOVE)
        ax.spines[["top", "right"]].set_visible(False)
        if given or k % n_columns == 0:
            ax.set_ylabel(ylabel)
        if given or k + n_columns >= n_clusters:
            ax.set_xlabel(xlabel)
            ax.tick_params(labelbottom=True)
    return figure, axes
