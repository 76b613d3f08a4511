"""Results that are computed once and shared by fits to the same data."""

from collections import OrderedDict
from functools import wraps
from hashlib import blake2b
from threading import Lock

import numpy as np

LARGEST = 2**26  # bytes of data whose results are kept: more would fill the memory


def remember(n_results):
    """Decorate a function of an array: keep its last results, by the array's content.

    A search fits many models to the same data: their principal components, neighbour
    graph and starts are the same.

    Parameters
    ----------
    n_results : int
        How many results are kept. They are shared, and must not be changed.

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
            array = np.ascontiguousarray(array)  # of one layout, lest rounding differ
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
