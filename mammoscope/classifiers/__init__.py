"""Model families: arrays and labels in, a fitted estimator out.

`KERAS_BACKEND` is set here and nowhere else: importing any classifier imports this first.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
