"""`python -m mammoscope`."""

from mammoscope.cli import app

if __name__ == "__main__":
    app()
