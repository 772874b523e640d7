"""Breast-cancer image classification whose figures can be believed. Research only."""

__version__ = "0.1.0"
