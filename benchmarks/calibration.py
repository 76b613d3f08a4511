"""Calibration of probabilities, intervals and tests, on data with known truth.

``python benchmarks/calibration.py`` runs all parts and writes their tables to
``docs/calibration``, which the documentation shows;
``python benchmarks/calibration.py sequences --trials 100`` runs one part. A part is the
function ``rows(trials)`` of ``calibration_PART.py`` beside this file.
"""

import argparse
import importlib
from pathlib import Path

HERE = Path(__file__).parent
TABLES = HERE.parent / "docs" / "calibration"
PREFIX = "calibration_"
PARTS = sorted(path.stem.removeprefix(PREFIX) for path in HERE.glob(f"{PREFIX}*.py"))


def tidy(value):
    """Return a number with three decimals, and nothing for a missing value."""
    if value is None or value != value:
        return ""
    return value if isinstance(value, str) else f"{value:.3f}"


def run(part, trials):
    """Compute the table of a part, print it and write it."""
    table = importlib.import_module(PREFIX + part).rows(trials)
    table = table.drop(columns="part")
    for name in ("value", "asked"):
        table[name] = [tidy(value) for value in table[name]]
    TABLES.mkdir(exist_ok=True)
    table.to_csv(TABLES / f"{part}.csv", index=False)
    print(f"{part}, {trials} trials\n{table.to_string(index=False)}\n", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--trials", type=int, default=400)
    args = parser.parse_args()
    for name in args.parts or PARTS:
        if name not in PARTS:
            parser.error(f"{name!r} is not a part; expected {', '.join(PARTS)}.")
        run(name, args.trials)
