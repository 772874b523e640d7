"""The bundle is valid FHIR, says what the answer said, and has the same ids again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation

from mammoscope.interop.fhir import report_bundle
from mammoscope.interop.finding import Finding
from mammoscope.types import RESEARCH_NOTICE
from tests.interop.conftest import MakeFinding
from tests.interop.mammograms import WOMAN, WOMAN_ID, header_of, mammogram
from tests.interop.test_structured_report import BLANK


def resources(finding: Finding) -> tuple[dict[str, Any], dict[str, Any]]:
    """Observation and report, each valid by itself."""
    observation, report = (each["resource"] for each in json.loads(report_bundle(finding))["entry"])
    Observation.model_validate(observation)
    DiagnosticReport.model_validate(report)
    return observation, report


def component(observation: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = (
        each for each in observation["component"] if each["code"]["coding"][0]["code"] == code
    )
    return dict(found)


def test_it_tells_score_verdict_operating_point_side_and_region(make_finding: MakeFinding) -> None:
    finding = make_finding()
    observation, report = resources(finding)
    assert finding.prediction.score is not None and finding.region is not None
    value = observation["valueQuantity"]["value"]
    assert float(value) == pytest.approx(finding.prediction.score, abs=1e-6)
    assert observation["interpretation"][0]["text"] == "suspicious"
    assert observation["bodySite"]["coding"][0]["code"] == "80248007"
    assert component(observation, "operating-point")["valueString"] == "youden"
    assert float(component(observation, "threshold")["valueQuantity"]["value"]) == 0.0
    assert component(observation, "algorithm")["valueString"] == "tiny@1, float32"
    corners = component(observation, "region")["valueString"].split()
    assert len(corners) == len(finding.region)
    assert report["conclusion"].startswith("suspicious: score 0.")


def test_the_report_holds_the_observation_of_that_image_and_woman(
    make_finding: MakeFinding,
) -> None:
    observation, report = resources(make_finding(mammogram(IssuerOfPatientID="Clinic")))
    assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]
    image = header_of(mammogram())
    assert observation["derivedFrom"][0]["identifier"]["value"] == f"urn:oid:{image.SOPInstanceUID}"
    assert report["imagingStudy"][0]["identifier"]["value"] == f"urn:oid:{image.StudyInstanceUID}"
    for each in (observation, report):
        assert each["subject"]["identifier"] == {
            "value": WOMAN_ID,
            "assigner": {"display": "Clinic"},
        }
    # An identifier is what a server needs to know her by; her name is its own to say.
    assert WOMAN not in json.dumps([observation, report])


def test_it_is_preliminary_and_says_that_it_is_research(make_finding: MakeFinding) -> None:
    observation, report = resources(make_finding())
    assert observation["status"] == report["status"] == "preliminary"
    assert RESEARCH_NOTICE in report["conclusion"]
    assert observation["note"][0]["text"] == RESEARCH_NOTICE


def test_what_cannot_be_assessed_has_a_reason_in_the_values_place(
    make_finding: MakeFinding,
) -> None:
    finding = make_finding(mammogram(**BLANK))
    observation, report = resources(finding)
    assert "valueQuantity" not in observation
    assert observation["dataAbsentReason"]["text"] == finding.prediction.reason
    assert report["conclusion"].startswith("cannot assess: ")


def test_it_is_put_in_its_place_so_that_twice_is_once(make_finding: MakeFinding) -> None:
    entries = [json.loads(report_bundle(make_finding()))["entry"] for _ in range(2)]
    requests = [[each["request"] for each in entry] for entry in entries]
    assert requests[0] == requests[1]
    assert {each["method"] for each in requests[0]} == {"PUT"}
    other = json.loads(report_bundle(make_finding(mammogram(2))))["entry"]
    assert [each["request"] for each in other] != requests[0]


def test_a_woman_without_a_number_is_unknown(make_finding: MakeFinding) -> None:
    observation, _ = resources(make_finding(mammogram(PatientID=None)))
    assert observation["subject"] == {"type": "Patient", "display": "unknown"}
