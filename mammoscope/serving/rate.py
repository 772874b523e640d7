"""How often a key may be used: a bucket of requests a key, which fills again as time goes by."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_SECONDS_A_MINUTE = 60


class RateLimit:
    """Counts in this process only; used from the event loop alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Key id → requests left, and as of when. Ids come from the key file, so it stays small.
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, key_id: str, *, per_minute: int) -> int:
        """0 if the request may go on, and is counted; else whole seconds until one may.

        Args:
            key_id: whose request it is.
            per_minute: size of the bucket, and how much of it fills again in a minute.
        """
        now = self._clock()
        left, since = self._left.get(key_id, (float(per_minute), now))
        per_second = per_minute / _SECONDS_A_MINUTE
        left = min(float(per_minute), left + (now - since) * per_second)
        if left >= 1:
            self._left[key_id] = left - 1, now
            return 0
        self._left[key_id] = left, now
        return math.ceil((1 - left) / per_second)
