"""Tables of the results of peers.py.

``python benchmarks/peer_tables.py a.json b.json`` prints an overview of several runs.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

OURS = "VAEClustering"
QUALITY = ("ari", "accuracy", "agreement")


def number(value):
    """Format a number with two significant digits, or as an integer from 10 on."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:#.2g}"


def times(value):
    """Format a ratio, as a fraction if it is small."""
    return number(value) if value >= 0.1 else f"1/{number(1 / value)}"


TIME = {"seconds": number, "ratio": times, "CPU seconds": number, "CPU ratio": times}


def summarise(records):
    """Compute per method medians, lowest values and times relative to ours."""
    rows = {}
    for name in dict.fromkeys(record["method"] for record in records):
        runs = [record for record in records if record["method"] == name]
        pairs = [pair for run in runs for pair in run.get("agreements", [])]
        values = {
            key: [run[key] for run in runs if key in run] for key in QUALITY[:2]
        } | {"agreement": pairs}
        rows[name] = {
            key: (np.median(found), min(found))
            for key, found in values.items()
            if found
        } | {
            "extrapolated": any(run["extrapolated"] for run in runs),
            "seconds": np.median([run["seconds"] for run in runs]),
            "CPU seconds": np.median([run["cpu_seconds"] for run in runs]),
        }
    for row in rows.values():
        row["ratio"] = row["seconds"] / rows[OURS]["seconds"]
        row["CPU ratio"] = row["CPU seconds"] / rows[OURS]["CPU seconds"]
    return rows


def quality_cell(row, key):
    """Format the median, and the lowest value in brackets."""
    return "{:.2f} ({:.2f})".format(*row[key]) if key in row else ""


def time_cell(row, key, write=number):
    """Format seconds or a ratio, with * if it is extrapolated."""
    return write(row[key]) + "*" * row["extrapolated"]


def print_rows(header, lines):
    """Print a table for the documentation."""
    print("\n.. csv-table::\n   :header-rows: 1\n")
    for line in [header, *lines]:
        cells = (f'"{cell}"' if "," in cell else cell for cell in line)
        print(f"   {', '.join(cells)}")
    print("\n\\* extrapolated\n" if "*" in str(lines) else "", flush=True)


def print_table(title, records):
    """Print the table of one data set."""
    rows = summarise(records)
    quality = [key for key in QUALITY if any(key in row for row in rows.values())]
    print(f"\n{title}\n\nMedians of {len(records) // len(rows)} fits (lowest).\n")
    kept = Counter(record["kept"] for record in records if record.get("kept"))
    print(f"Starts that were kept: {dict(kept)}\n")
    print_rows(
        ["method", *quality, *TIME],
        [
            [name]
            + [quality_cell(row, key) for key in quality]
            + [time_cell(row, key, write) for key, write in TIME.items()]
            for name, row in rows.items()
        ],
    )


def order(part):
    """Return the measures of quality, the preferred one first."""
    return ("accuracy", *QUALITY) if part == "digits" else QUALITY


def print_overview(parts):
    """Print quality, wall-clock time and CPU time of all methods on all data sets."""
    tables = {name: summarise(part["records"]) for name, part in parts.items()}
    keys = {
        name: next((key for key in order(name) if key in rows[OURS]), "agreement")
        for name, rows in tables.items()
    }
    header = [f"{name}: {key}" for name, key in keys.items()]
    print_lines(header, tables, lambda name, row: quality_cell(row, keys[name]))
    for seconds, ratio in (("seconds", "ratio"), ("CPU seconds", "CPU ratio")):
        print_lines(
            tables,
            tables,
            lambda _, row, seconds=seconds, ratio=ratio: (
                f"{time_cell(row, seconds)} ({times(row[ratio])})"
            ),
        )


def print_lines(header, tables, cell):
    """Print one line per method and one column per data set."""
    methods = dict.fromkeys(method for rows in tables.values() for method in rows)
    lines = [
        [method]
        + [
            cell(name, rows[method]) if method in rows else ""
            for name, rows in tables.items()
        ]
        for method in methods
    ]
    print_rows(["method", *header], lines)


if __name__ == "__main__":
    results = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    print_overview({k: v for result in results for k, v in result["parts"].items()})
