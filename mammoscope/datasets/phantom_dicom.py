"""A phantom as a DICOM file: what a detector would have sent, of nobody."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    JPEGLSNearLossless,
    generate_uid,
)

from mammoscope.datasets.phantom import Phantom

BITS = 12
WHITE = (1 << BITS) - 1
# Of 4,095 levels: a tenth of the noise that the phantom is drawn with, for a third of the bytes.
NEAR = 8


def phantom_dicom(phantom: Phantom, *, name: str, spacing_mm: float) -> bytes:
    """The bytes of a DICOM file, 12 bits, JPEG-LS near-lossless; the same for the same phantom.

    Args:
        phantom: what to write.
        name: unique among files; its UID is made of it.
        spacing_mm: between pixels, at the detector.
    """
    pixels = np.rint(phantom.pixels * WHITE).astype(np.uint16)
    ds = Dataset()
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["mammoscope", name])
    ds.Modality = "MG"
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "synthetic: a drawing of nobody"
    ds.ImageLaterality, ds.ViewPosition = phantom.laterality, phantom.view
    ds.ImagerPixelSpacing = [spacing_mm, spacing_mm]
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, BITS, BITS - 1
    ds.LossyImageCompression, ds.LossyImageCompressionMethod = "01", "ISO_14495_1"
    ds.PixelData = encapsulate([imagecodecs.jpegls_encode(pixels, level=NEAR)])
    ds["PixelData"].VR = "OB"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = JPEGLSNearLossless
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
