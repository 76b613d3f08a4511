"""Groups of partitions that are the same except for a few samples."""

import numpy as np

from skvaeclust._agreement import mean_agreement, pairwise_agreement
from skvaeclust._components import few

# If this fraction of partitions is the same, no others are tried or trained.
CLEAR = 0.7
SAME = 0.95  # minimum adjusted Rand index in a group
# Partitions agree if one of them has this mean agreement with all others.
CONSENSUS = 0.5


def group(labels):
    """Group partitions that are the same except for a few samples.

    Parameters
    ----------
    labels : sequence of ndarray of shape (n_samples,)

    Returns
    -------
    groups : list of list of int
        Indices of the partitions. The first member represents its group, and all others
        agree with it. Groups are in decreasing order of mean agreement with all others.
    means : list of float
        Mean agreement of the first member of each group with all other partitions.
    """
    agreement = pairwise_agreement([few(of_one) for of_one in labels])
    means = mean_agreement(agreement)
    groups = []
    for i in np.argsort(-means, kind="stable"):
        for members in groups:
            if agreement[i, members[0]] >= SAME:
                members.append(int(i))
                break
        else:
            groups.append([int(i)])
    return groups, [means[members[0]] for members in groups]


def is_clear(groups):
    """Return whether most partitions are the same."""
    return len(groups[0]) >= CLEAR * sum(map(len, groups))
