"""The gateway's reading half: a file of the queue → the reports that are sent of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mammoscope.inference.answer import read
from mammoscope.inference.decode_worker import Decode
from mammoscope.inference.predictor import Predictor
from mammoscope.interop.finding import Finding
from mammoscope.interop.instance import read_header
from mammoscope.interop.package import Package, make_package
from mammoscope.interop.region import outline
from mammoscope.ledger.entry import LedgerError
from mammoscope.types import DecodeError, MammoscopeError, Prediction

# The file's bytes and the answer; None where it could not be read.
Log = Callable[[bytes, Prediction | None], object]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one image at a time; safe to call from several threads.

    Attributes:
        predictor: of the model that reads.
        decode: `DecodeWorkers.decode`: files come from a network.
        pictures: outline the region on a secondary capture.
        fhir: make a bundle.
        log: keeps what was answered, before anything of it is sent.
    """

    predictor: Predictor
    decode: Decode
    pictures: bool = True
    fhir: bool = False
    log: Log = lambda data, prediction: None

    def read(self, data: bytes) -> Package:
        """The reports of a whole DICOM file.

        Raises:
            DecodeError: it cannot be read.
            LedgerError: the answer cannot be logged.
            MammoscopeError: the model fails, or no report can be written.
        """
        try:
            header = read_header(data)
            reading = read(data, [self.predictor], decode=self.decode, heatmap=True)
        except DecodeError:
            self._logged(data, None)
            raise
        (prediction,) = reading.predictions
        self._logged(data, prediction)
        heatmap = prediction.heatmap
        # A segmented cluster is not what moved the score: to outline it would be to say so.
        points = heatmap is not None and heatmap.method != "membership"
        is_suspicious = prediction.verdict == "suspicious"
        finding = Finding(
            header=header,
            image=reading.image,
            model=self.predictor.model,
            prediction=prediction,
            region=outline(heatmap) if heatmap and points and is_suspicious else None,
        )
        try:
            return make_package(finding, pictures=self.pictures, fhir=self.fhir)
        # What a header holds goes into the reports, and the libraries that write them refuse what
        # is against the standard by whatever comes, with its values in the text.
        except Exception as error:  # noqa: BLE001
            raise MammoscopeError(
                "no report can be written of this image: its header holds what the standard does "
                f"not allow ({type(error).__name__}); mend the header and send it again"
            ) from None

    def _logged(self, data: bytes, prediction: Prediction | None) -> None:
        try:
            self.log(data, prediction)
        except MammoscopeError as error:
            # Of one kind, whichever part of the log failed: the image is not to blame.
            raise LedgerError(str(error)) from error
