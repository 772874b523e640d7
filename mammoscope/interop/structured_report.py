"""The answer as a DICOM Structured Report: TID 1500, Measurement Report, as Comprehensive SR.

TID 1500 and not TID 4000: the Mammography CAD template wants each finding to be a mass, a density
or calcifications, which these models do not tell apart.
"""

from __future__ import annotations

from typing import Any

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from mammoscope.interop.finding import CHARACTER_SET, MANUFACTURER, Finding
from mammoscope.types import RESEARCH_NOTICE, Estimate, Verdict

SERIES_NUMBER = 9301
# PS3.16 annex D, and SNOMED CT (CID 6026, 244); `99…` is for codes of one's own (PS3.3 8.2).
SCHEME = "99MAMMOSCOPE"
_DEVICE = CodedConcept("121007", "DCM", "Device")
_MAMMOGRAPHY = CodedConcept("71651007", "SCT", "Mammography")
_BREAST = CodedConcept("76752008", "SCT", "Breast")
_SIDES = {
    "L": CodedConcept("7771000", "SCT", "Left"),
    "R": CodedConcept("24028007", "SCT", "Right"),
}
_COMMENT = CodedConcept("121106", "DCM", "Comment")
_SUMMARY = CodedConcept("111017", "DCM", "CAD Processing and Findings Summary")
# PS3.16 CID 6047.
_SUMMARIES: dict[Verdict, CodedConcept] = {
    "suspicious": CodedConcept("111242", "DCM", "All algorithms succeeded; with findings"),
    "not suspicious": CodedConcept("111241", "DCM", "All algorithms succeeded; without findings"),
    "cannot assess": CodedConcept("111245", "DCM", "No algorithms succeeded; without findings"),
}
_NO_UNITS = CodedConcept("1", "UCUM", "no units")
_SCORE = CodedConcept("score", SCHEME, "Calibrated score of the positive class")
_THRESHOLD = CodedConcept("threshold", SCHEME, "Score from which an image is called suspicious")
_POINT = CodedConcept("operating-point", SCHEME, "Operating point")
_VERDICT = CodedConcept("verdict", SCHEME, "Verdict")
_REGION = CodedConcept("region", SCHEME, "Region that speaks for the positive class")


def structured_report(finding: Finding) -> Dataset:
    """The report of one image, unverified and partial: no person has looked at it.

    Two groups of measurements: the image's answer (TID 1501: score, threshold, operating point,
    verdict, what the model is), and the region's outline (TID 1410), where there is one.

    Args:
        finding: what to tell.

    Returns:
        Comprehensive SR, explicit little endian. Its UID is the same for the same image and model.
    """
    report = ComprehensiveSR(
        evidence=[finding.header],
        content=_content(finding),
        series_instance_uid=finding.series_uid("reports"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=finding.uid("report"),
        instance_number=finding.number,
        manufacturer=MANUFACTURER,
        series_description=_series_description(finding),
        manufacturer_model_name=finding.prediction.model,
        specific_character_set=CHARACTER_SET,
    )
    report.PreliminaryFlag = "PRELIMINARY"
    report.CompletionFlagDescription = RESEARCH_NOTICE[:64]
    report.CodingSchemeIdentificationSequence = [_coding_scheme()]
    return report


def _content(finding: Finding) -> MeasurementReport:
    prediction = finding.prediction
    algorithm = AlgorithmIdentification(
        name=finding.model.name,
        version=str(finding.model.version),
        parameters=list(_parameters(finding)),
        manufacturer=MANUFACTURER,
    )
    groups = [
        MeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(finding, "answer"),
            algorithm_id=algorithm,
            finding_sites=_sites(finding),
            measurements=_measurements(finding) or None,
            qualitative_evaluations=[
                QualitativeEvaluation(_SUMMARY, _SUMMARIES[prediction.verdict]),
                QualitativeEvaluation(_VERDICT, _own(prediction.verdict)),
                QualitativeEvaluation(_POINT, _own(prediction.operating_point.name)),
            ],
            source_images=[SourceImageForMeasurementGroup.from_source_image(finding.header)],
        )
    ]
    for text in _comments(finding):
        groups[0][0].ContentSequence.append(
            TextContentItem(
                name=_COMMENT, value=text, relationship_type=RelationshipTypeValues.CONTAINS
            )
        )
    if finding.region is not None:
        groups.append(_region_group(finding, algorithm))
    observer = DeviceObserverIdentifyingAttributes(
        uid=str(generate_uid(entropy_srcs=[MANUFACTURER, prediction.model])),
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=prediction.model,
    )
    return MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=ObserverContext(_DEVICE, observer)
        ),
        procedure_reported=_MAMMOGRAPHY,
        imaging_measurements=groups,
    )


def _region_group(
    finding: Finding, algorithm: AlgorithmIdentification
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    source = SourceImageForRegion.from_source_image(finding.header)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(finding, "region"),
        referenced_region=ImageRegion("POLYLINE", finding.closed_region, source),
        finding_type=_REGION,
        algorithm_id=algorithm,
        finding_sites=_sites(finding),
    )


def _measurements(finding: Finding) -> list[Measurement]:
    prediction = finding.prediction
    if prediction.score is None:
        return []
    return [
        Measurement(_SCORE, prediction.score, _NO_UNITS),
        Measurement(_THRESHOLD, prediction.operating_point.threshold, _NO_UNITS),
    ]


def _parameters(finding: Finding) -> list[str]:
    model, prediction = finding.model, finding.prediction
    point = prediction.operating_point
    return [
        f"task={model.task}",
        f"positive class={model.positive}",
        f"precision={prediction.precision}",
        f"sensitivity at the operating point={_described(point.sensitivity)}",
        f"specificity at the operating point={_described(point.specificity)}",
    ]


def _described(figure: Estimate) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f}; {figure.method})"


def _comments(finding: Finding) -> list[str]:
    reason = finding.prediction.reason
    return [RESEARCH_NOTICE, *([reason] if reason else []), *finding.prediction.warnings]


def _sites(finding: Finding) -> list[FindingSite]:
    side = finding.image.laterality
    return [FindingSite(_BREAST, laterality=_SIDES[side] if side else None)]


def _tracking(finding: Finding, what: str) -> TrackingIdentifier:
    return TrackingIdentifier(uid=finding.uid(f"tracked {what}"), identifier=what)


def _own(text: str) -> CodedConcept:
    return CodedConcept(text.replace(" ", "-")[:16], SCHEME, text)


def _series_description(finding: Finding) -> str:
    return f"{finding.prediction.model}, research only"[:64]


def _coding_scheme() -> Any:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = "Codes of mammoscope"
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    return scheme
