"""From a config to a run folder, a report and a published model."""

# Sets KERAS_BACKEND, which must happen before any file of this room imports Keras.
import mammoscope.classifiers  # noqa: F401
