"""Units that may be written in different ways: comparison, and text of labels."""

import re

SYMBOLS = {  # of names in lower case
    "m": ("meter", "metre", "meters", "metres"),
    "s": ("sec", "second", "seconds"),
    "h": ("hr", "hour", "hours"),
    "d": ("day", "days"),
    "kg": ("kilogram", "kilograms"),
    "Pa": ("pascal", "pascals"),
    "hPa": ("mb", "mbar", "millibar", "millibars", "hectopascal", "hpa"),
    "K": ("kelvin", "degk", "deg_k", "degree_kelvin", "degrees_kelvin"),
    "degC": ("celsius", "degc", "deg_c", "°c", "degree_celsius", "degrees_celsius"),
    "degree": ("degrees", "deg", "°"),
    "%": ("percent",),
    "1": ("dimensionless", "unitless", "fraction", "none", "-"),
}
SIGNS = {"degC": "°C", "degree": "°"}
NAMES = {name: symbol for symbol, names in SYMBOLS.items() for name in names}
TOKEN = re.compile(r"(/?)\s*([^\W\d]+|[%°][cC]?|1|-)(?:\*\*|\^)?([+-]?\d+)?[\s.*·]*")


def canonical(units):
    """Return units as text that is the same for "m/s", "m s-1" and "meters s**-1"."""
    factors, powers = _parse(units), {}
    if factors is None:
        return _named(units)
    for name, power in factors:
        powers[name] = powers.get(name, 0) + power
    parts = [f"{name}{power}" for name, power in sorted(powers.items()) if power]
    return " ".join(parts) or ("1" if _named(units) else "")


def typeset(units):
    """Return units for a label, for instance "m s$^{-1}$" for "m/s"; "" for "1"."""
    factors = _parse(units)
    if factors is None:
        return _named(units)
    return " ".join(
        SIGNS.get(name, name) + (f"$^{{{power}}}$" if power != 1 else "")
        for name, power in factors
    )


def _named(units):
    """Return units as text, with the symbol of a unit that is spelled out."""
    text = str(units).strip()
    return NAMES.get(text.lower(), text)


def _parse(units):
    """Return pairs of a symbol and its power, in order; None for other text."""
    text, end, factors = _named(units), 0, []
    for match in TOKEN.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        slash, name, power = match.groups()
        symbol = NAMES.get(name.lower(), name)
        if symbol != "1":
            factors.append((symbol, (-1 if slash else 1) * int(power or 1)))
    return factors if end == len(text) else None


def differ(first, second):
    """Check whether units are both known and differ."""
    first, second = canonical(first or ""), canonical(second or "")
    return bool(first and second) and first != second


def refuse_common_scale(names, units, scale="common"):
    """Raise an error if variables that are to be scaled together differ in units."""
    known = [pair for pair in zip(names, units, strict=True) if pair[1]]
    for name, unit in known[1:]:
        if differ(unit, known[0][1]):
            raise ValueError(
                f"scale={scale!r} divides all variables by one number, but {name!r} is "
                f"in {unit!r} and {known[0][0]!r} in {known[0][1]!r}. Convert the "
                "units, or pass scale='variable', which divides each by its own."
            )
