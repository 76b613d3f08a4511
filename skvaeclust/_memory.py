"""Cache of results shared by fits to the same data."""

from collections import OrderedDict
from functools import wraps
from hashlib import blake2b
from threading import Lock

import numpy as np

LARGEST = 2**26  # bytes; results for larger arrays are not cached, to save memory


def remember(n_results):
    """Decorate a function to cache its last results, by the content of its array.

    A search fits many models to the same data, with the same principal components,
    neighbour graph and starts.

    Parameters
    ----------
    n_results : int
        Number of results to cache. Callers share them and must not modify them.

    Returns
    -------
    decorate : callable
    """

    def decorate(function):
        results, lock = OrderedDict(), Lock()

        @wraps(function)
        def remembered(array, *args):
            if array.nbytes > LARGEST:
                return function(array, *args)
            array = np.ascontiguousarray(array)  # layout affects rounding
            key = (blake2b(array).digest(), array.shape, array.dtype.str, *args)
            with lock:
                if key in results:
                    results.move_to_end(key)
                    return results[key]
            result = function(array, *args)
            with lock:
                results[key] = result
                while len(results) > n_results:
                    results.popitem(last=False)
            return result

        return remembered

    return decorate
