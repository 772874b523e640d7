"""`python -m tests.fuzz SEED INDEX` repeats one case; `SEED FIRST COUNT` runs many.

The one case is written to the file named after `--save`, if any, and decoded in this process: a
debugger can look.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mammoscope.images.decode import Limits, decode
from mammoscope.types import DecodeError
from tests.fuzz.batch import MAX_PIXELS, MODALITIES
from tests.fuzz.campaign import Campaign
from tests.fuzz.mutate import make_case

words = sys.argv[1:]
save = None
if "--save" in words:
    at = words.index("--save")
    save = Path(words[at + 1])
    del words[at : at + 2]
numbers = [int(word) for word in words]
out = sys.stdout
if len(numbers) == 3:
    campaign = Campaign()
    campaign.run(numbers[0], first=numbers[1], count=numbers[2])
    for line in campaign.failures:
        out.write(line + "\n")
    rate = campaign.cases / campaign.seconds
    out.write(
        f"{campaign.cases} cases, {campaign.read} read, {len(campaign.failures)} failures, "
        f"{campaign.seconds:.0f} s, {rate:.0f} a second\n"
    )
    sys.exit(bool(campaign.failures))
name, data = make_case(numbers[0], numbers[1])
out.write(f"{name}, {len(data)} bytes\n")
if save:
    save.write_bytes(data)
out.flush()
try:
    image = decode(data, modality=MODALITIES[numbers[1] % 2], limits=Limits(max_pixels=MAX_PIXELS))
    out.write(f"read: {image.rows} × {image.columns}, {image.source}\n")
except DecodeError as error:
    out.write(f"refused: {error}\n")
