"""Comparison of units that may be written in different ways."""

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
NAMES = {name: symbol for symbol, names in SYMBOLS.items() for name in names}
TOKEN = re.compile(r"(/?)\s*([^\W\d]+|[%°][cC]?|1|-)(?:\*\*|\^)?([+-]?\d+)?[\s.*·]*")


def canonical(units):
    """Return units as text that is the same for "m/s", "m s-1" and "meters s**-1"."""
    text, end, powers = str(units).strip(), 0, {}
    text = text if NAMES.get(text.lower()) is None else NAMES[text.lower()]
    for match in TOKEN.finditer(text):
        if match.start() != end:
            return text
        end = match.end()
        slash, name, power = match.groups()
        symbol = NAMES.get(name.lower(), name)
        powers[symbol] = powers.get(symbol, 0) + (-1 if slash else 1) * int(power or 1)
    if end != len(text):
        return text
    powers.pop("1", None)
    parts = [f"{name}{power}" for name, power in sorted(powers.items()) if power]
    return " ".join(parts) or ("1" if text else "")


def differ(first, second):
    """Check whether units are both known and differ."""
    first, second = canonical(first or ""), canonical(second or "")
    return bool(first and second) and first != second


def refuse_common_scale(names, units):
    """Raise an error if variables that are to be scaled together differ in units."""
    known = [pair for pair in zip(names, units, strict=True) if pair[1]]
    for name, unit in known[1:]:
        if differ(unit, known[0][1]):
            raise ValueError(
                f"scale='common' divides all variables by one number, but {name!r} is "
                f"in {unit!r} and {known[0][0]!r} in {known[0][1]!r}. Convert the "
                "units, or pass scale='variable', which divides each by its own."
            )
