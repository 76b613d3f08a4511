"""Draws the imports between the parts of skvaeclust as SVG.

The table is ``tests/architecture.py``, which the tests use as well. Arrows that follow
from others are left out.
"""

import sys
from html import escape
from pathlib import Path
from textwrap import wrap

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from architecture import MAY_IMPORT, MAY_IMPORT_WHEN_CALLED, SHARED

PLACES = {  # column and row of each part
    "augmentation": (0, 0),
    "_vae_clustering": (1, 0),
    "_plotting": (3, 0),
    "inspection": (4, 0),
    "_survey": (5, 0),
    "_mixture_methods": (0, 1),
    "_progress": (1, 1),
    "_representation": (2, 1),
    "model_selection": (3, 1),
    "composites": (4, 1),
    "xarray": (5, 1),
    "_training": (1, 2),
    "_resampling": (2, 2),
    "verification": (3, 2),
    "sequences": (4, 2),
    "_calibration": (0, 3),
    "_prediction": (1, 3),
    "datasets": (2, 3),
    "_persistence": (3, 3),
    "_anomalies": (4, 3),
    "_grids": (5, 3),
    "_model": (1, 4),
    "_audit": (3, 4),
    "_coordinates": (5, 4),
}
STEPS = [  # data flow of a fit: result, and the part that computes it
    ("X", "fields, flat or not"),
    ("rows", "_fields: without land"),
    ("copies", "augmentation"),
    ("PC scores", "_representation"),
    ("restarts", "_training: starts"),
    ("model", "_training: criterion"),
    ("labels_", "_prediction: q(k|x)"),
]
WIDTH, HEIGHT, COLUMN, ROW = 112, 30, 138, 66
LEFT, TOP = 70, 104
LINE = 17  # height of a line of text


def reachable(part):
    """Return all parts that ``part`` imports, directly or not."""
    found = set(MAY_IMPORT.get(part, ()))
    for imported in MAY_IMPORT.get(part, ()):
        found |= reachable(imported)
    return found


def arrows():
    """Yield pairs of parts, and whether a function does the import."""
    for part, imported in MAY_IMPORT.items():
        implied = set().union(*map(reachable, imported))
        for other in sorted(imported - implied):
            yield part, other, False
    for part, imported in MAY_IMPORT_WHEN_CALLED.items():
        implied = set().union(*map(reachable, imported))
        for other in sorted(imported - implied):
            yield part, other, True


def centre(part):
    """Return the position of the centre of a box."""
    column, row = PLACES[part]
    return LEFT + column * COLUMN, TOP + row * ROW


def box(x, y, lines, width=WIDTH):
    """Draw a box whose first line is at (x, y)."""
    height = HEIGHT + LINE * (len(lines) - 1)
    return "".join(
        [
            f'<rect x="{x - width / 2}" y="{y - HEIGHT / 2}" width="{width}" '
            f'height="{height}" rx="4" class="box"/>',
            *(
                f'<text x="{x}" y="{y + 4 + LINE * i}">{escape(line)}</text>'
                for i, line in enumerate(lines)
            ),
        ]
    )


def arrow(part, other, delayed):
    """Draw an arrow from the box of a part to that of one it imports."""
    (x0, y0), (x1, y1) = centre(part), centre(other)
    if y0 == y1:
        side = 1 if x1 > x0 else -1
        x0, x1 = x0 + side * WIDTH / 2, x1 - side * WIDTH / 2
    else:
        side = 1 if y1 > y0 else -1
        y0, y1 = y0 + side * HEIGHT / 2, y1 - side * HEIGHT / 2
        if abs(y1 - y0) < ROW:  # no box between them
            x1 += 0.15 * (x0 - x1)
    dashes = ' stroke-dasharray="4 4"' if delayed else ""
    return (
        f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" class="arrow"{dashes} '
        'marker-end="url(#tip)"/>'
    )


def steps(width):
    """Draw the data flow as a line of steps."""
    step = width / len(STEPS)
    for i, (name, text) in enumerate(STEPS):
        x = step * (i + 0.5)
        yield f'<text x="{x}" y="18" class="name">{escape(name)}</text>'
        yield f'<text x="{x}" y="34" class="small">{escape(text)}</text>'
        if i:
            yield (
                f'<line x1="{x - step + 42}" y1="14" x2="{x - 44}" y2="14" '
                'class="arrow" marker-end="url(#tip)"/>'
            )


def draw():
    """Return the picture as an SVG element."""
    if missing := set(MAY_IMPORT) ^ set(PLACES):
        raise ValueError(f"PLACES and MAY_IMPORT differ: {sorted(missing)}.")
    if len(set(PLACES.values())) < len(PLACES):
        raise ValueError("Two parts are in the same place.")
    width = 2 * LEFT + 5 * COLUMN
    shared = TOP + 5 * ROW
    names = wrap(", ".join(sorted(SHARED)), 100)
    bottom = shared + LINE * len(names) + 17
    parts = [
        *steps(width),
        f'<line x1="0" y1="54" x2="{width}" y2="54" class="rule"/>',
        *(arrow(*each) for each in arrows()),
        *(box(*centre(part), [part]) for part in PLACES),
        box(width / 2, shared, names, width - 18),
        f'<text x="{width / 2}" y="{bottom}" class="small">'
        "Every part may import these modules.</text>",
    ]
    return (
        f'<svg class="architecture" viewBox="0 0 {width} {bottom + 10}" role="img" '
        'aria-label="Data flow and imports of skvaeclust">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor"/>'
        f"</marker></defs>{''.join(parts)}</svg>"
    )
