"""Deep clustering of geophysical fields with a scikit-learn interface."""

import lazy_loader

__version__ = "0.1.0"

# Names load on first use, since importing torch takes seconds. They are listed in
# __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
