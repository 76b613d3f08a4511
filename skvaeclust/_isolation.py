"""Independence of a fit from global settings of numpy and torch."""

from contextlib import ExitStack, contextmanager

import numpy as np

from skvaeclust._threads import threads_for


@contextmanager
def isolated(network):
    """Use default settings of numpy and torch, and the threads that a network needs.

    The caller may have turned off gradients, made underflow an error, or chosen another
    default device or precision.

    Parameters
    ----------
    network : str or object with ``input_kind``
        Parameter of the estimator; it may be invalid.
    """
    import torch

    kind = "fields" if isinstance(network, str) and network == "conv" else "scores"
    with ExitStack() as settings:
        settings.enter_context(np.errstate(under="ignore"))
        settings.enter_context(torch.inference_mode(False))
        settings.enter_context(torch.enable_grad())
        settings.enter_context(torch.autocast("cpu", enabled=False))
        if torch.get_default_device().type != "cpu":
            settings.enter_context(torch.device("cpu"))
        settings.enter_context(threads_for(getattr(network, "input_kind", kind)))
        yield
