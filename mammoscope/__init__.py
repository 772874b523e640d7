"""Breast-cancer image classification whose figures can be believed. Research only."""

import os

__version__ = "0.1.0"

# From 1.29 on ONNX Runtime sends its maker a device id and what models are run, unless this is set
# before it is first imported (its Privacy.md). Nothing here tells anybody anything.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
