"""All that is sent back of one image, as one piece of work: the reports, in a zip."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from pydicom.dataset import Dataset

from mammoscope.interop.fhir import report_bundle
from mammoscope.interop.finding import Finding
from mammoscope.interop.secondary_capture import secondary_capture
from mammoscope.interop.structured_report import structured_report

_BUNDLE = "bundle.json"


@dataclass(frozen=True, slots=True)
class Package:
    """What is sent of one image.

    Attributes:
        objects: DICOM files, the structured report first.
        bundle: FHIR, as JSON; None where none is asked for.
    """

    objects: tuple[bytes, ...]
    bundle: str | None = None

    def to_bytes(self) -> bytes:
        """As a queue keeps it."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for number, content in enumerate(self.objects):
                file.writestr(f"{number}.dcm", content)
            if self.bundle is not None:
                file.writestr(_BUNDLE, self.bundle)
        return buffer.getvalue()


def parse_package(data: bytes) -> Package:
    """What `Package.to_bytes` made."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = sorted(name for name in file.namelist() if name != _BUNDLE)
        bundle = file.read(_BUNDLE).decode() if _BUNDLE in file.namelist() else None
        return Package(tuple(file.read(name) for name in names), bundle)


def make_package(finding: Finding, *, pictures: bool, fhir: bool) -> Package:
    """The reports of one image.

    Args:
        finding: what they tell.
        pictures: add a secondary capture where there is a region to outline.
        fhir: add a bundle.
    """
    objects = [structured_report(finding)]
    if pictures and finding.region is not None:
        objects.append(secondary_capture(finding))
    return Package(
        tuple(_encoded(each) for each in objects), report_bundle(finding) if fhir else None
    )


def _encoded(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
