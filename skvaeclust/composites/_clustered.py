"""Warning about tests of the fields in which the clusters were found."""

from skvaeclust._attrs import CLUSTERED
from skvaeclust._warnings import warn


def warn_if_clustered(fields, labels):
    """Warn if labels tell that they are clusters of a variable of labelled fields."""
    known = getattr(labels, "attrs", {}).get(CLUSTERED, "")
    known = [name for name in str(known).split(", ") if name]
    names = fields.data_vars if hasattr(fields, "data_vars") else [fields.name]
    found = [str(name) for name in names if str(name) in known]
    if found:
        warn_of_clustered(f"{', '.join(found)} was clustered")


def warn_of_clustered(reason):
    """Warn that a test is circular."""
    warn(
        f"{reason}: the means of the clusters differ by construction, and most points "
        "are significant even in noise. Use model_selection.cluster_stability to find "
        "where the maps are reproducible; the test is for other variables.",
        UserWarning,
    )
