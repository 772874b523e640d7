"""The answer as FHIR: a DiagnosticReport with its Observation, in one transaction.

Validated as R4B, whose DiagnosticReport and Observation are those of R4 (FHIR 4.3, R4B's list of
changes).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from fhir.resources.R4B.bundle import Bundle

from mammoscope.interop.finding import MANUFACTURER, Finding, verdict_line
from mammoscope.types import RESEARCH_NOTICE

_DICOM = "urn:dicom:uid"
_SNOMED = "http://snomed.info/sct"
_OWN = "urn:mammoscope:codes"
_SIDES = {"L": ("80248007", "Left breast"), "R": ("73056007", "Right breast")}


def report_bundle(finding: Finding) -> str:
    """A transaction that puts the report in place, as JSON.

    The report is preliminary: no person has looked at it. Its ids are the same for the same image
    and model.

    Args:
        finding: what to tell.

    Returns:
        A Bundle that `fhir.resources` has validated.
    """
    observation, report = _observation(finding), _report(finding)
    bundle = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [_entry(observation), _entry(report)],
        }
    )
    return str(bundle.model_dump_json())


def _observation(finding: Finding) -> dict[str, Any]:
    prediction = finding.prediction
    value = (
        {"dataAbsentReason": _text(prediction.reason or "")}
        if prediction.score is None
        else {"valueQuantity": _quantity(prediction.score)}
    )
    return {
        "resourceType": "Observation",
        "id": _id(finding, "observation"),
        **_common(finding),
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "imaging",
                    }
                ]
            }
        ],
        "code": _code("score", f"Calibrated score of {finding.model.positive!r}"),
        **value,
        "interpretation": [_code(prediction.verdict.replace(" ", "-"), prediction.verdict)],
        **_site(finding),
        "note": [{"text": text} for text in (RESEARCH_NOTICE, *prediction.warnings)],
        "derivedFrom": [_of_dicom(str(finding.header.SOPInstanceUID), "the image")],
        "component": _components(finding),
    }


def _components(finding: Finding) -> list[dict[str, Any]]:
    point = finding.prediction.operating_point
    parts: list[dict[str, Any]] = [
        {
            "code": _code("operating-point", "Operating point"),
            "valueString": point.name,
        },
        {
            "code": _code("threshold", "Score from which an image is called suspicious"),
            "valueQuantity": _quantity(point.threshold),
        },
        {
            "code": _code("algorithm", "Model and precision"),
            "valueString": f"{finding.prediction.model}, {finding.prediction.precision}",
        },
    ]
    if finding.region is not None:
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in finding.region)
        parts.append(
            {
                "code": _code("region", "Corners x,y, in pixels, of what speaks for the class"),
                "valueString": corners,
            }
        )
    return parts


def _report(finding: Finding) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": _id(finding, "report"),
        **_common(finding),
        "identifier": [{"system": _DICOM, "value": f"urn:oid:{finding.uid('report')}"}],
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}
        ],
        "code": {
            "coding": [{"system": _SNOMED, "code": "71651007", "display": "Mammography"}],
            "text": "Mammography, read by research software",
        },
        "issued": datetime.now(UTC).isoformat(timespec="seconds"),
        "result": [{"reference": f"Observation/{_id(finding, 'observation')}"}],
        "imagingStudy": [_of_dicom(str(finding.header.StudyInstanceUID), "the study")],
        "conclusion": f"{verdict_line(finding)}. {RESEARCH_NOTICE}",
    }


def _common(finding: Finding) -> dict[str, Any]:
    number = str(finding.header.PatientID or "")
    # Women without a number are not one woman.
    patient: dict[str, Any] = {"type": "Patient", "display": "unknown"}
    if number:
        patient = {"type": "Patient", "identifier": {"value": number}}
    issuer = str(finding.header.get("IssuerOfPatientID") or "")
    if number and issuer:
        patient["identifier"]["assigner"] = {"display": issuer}
    return {
        "meta": {"tag": [{"system": _OWN, "code": "research-only", "display": RESEARCH_NOTICE}]},
        "status": "preliminary",
        "subject": patient,
    }


def _site(finding: Finding) -> dict[str, Any]:
    side = finding.image.laterality
    if side is None:
        return {}
    code, display = _SIDES[side]
    return {"bodySite": {"coding": [{"system": _SNOMED, "code": code, "display": display}]}}


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    # PUT with an id of our own: sent twice, it is there once.
    place = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": place}}


def _id(finding: Finding, what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{MANUFACTURER} {finding.uid(what)}"))


def _quantity(value: float) -> dict[str, Any]:
    return {"value": round(value, 6), "system": "http://unitsofmeasure.org", "code": "1"}


def _code(code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": _OWN, "code": code, "display": text}], "text": text}


def _text(text: str) -> dict[str, Any]:
    return {"text": text}


def _of_dicom(uid: str, display: str) -> dict[str, Any]:
    return {"identifier": {"system": _DICOM, "value": f"urn:oid:{uid}"}, "display": display}
