"""The report says what the answer said, passes two checkers, and is the same report again."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread

from mammoscope.interop.finding import Finding
from mammoscope.interop.package import make_package
from mammoscope.interop.structured_report import SCHEME, structured_report
from mammoscope.types import RESEARCH_NOTICE
from tests.interop.conftest import MakeFinding
from tests.interop.mammograms import WOMAN, WOMAN_ID, header_of, mammogram, pixels

BLANK = {"PixelData": np.zeros_like(pixels()).tobytes()}


def saved(finding: Finding) -> bytes:
    return make_package(finding, pictures=False, fhir=False).objects[0]


def items(report: Any, meaning: str) -> list[Any]:
    """Every content item of a name, at any depth."""
    found = []
    for item in report.get("ContentSequence", []):
        name = item.get("ConceptNameCodeSequence")
        if name and name[0].CodeMeaning == meaning:
            found.append(item)
        found += items(item, meaning)
    return found


def only(report: Any, meaning: str) -> Any:
    (item,) = items(report, meaning)
    return item


def code(item: Any) -> tuple[str, str]:
    (value,) = item.ConceptCodeSequence
    return value.CodingSchemeDesignator, value.CodeValue


def number(item: Any) -> float:
    return float(item.MeasuredValueSequence[0].NumericValue)


def test_it_tells_score_operating_point_verdict_and_model(make_finding: MakeFinding) -> None:
    finding = make_finding()
    prediction = finding.prediction
    assert prediction.score is not None
    report = structured_report(finding)
    score = only(report, "Calibrated score of the positive class")
    assert number(score) == pytest.approx(prediction.score, abs=1e-9)
    threshold = only(report, "Score from which an image is called suspicious")
    assert number(threshold) == prediction.operating_point.threshold
    assert code(only(report, "Verdict")) == (SCHEME, "suspicious")
    assert code(only(report, "Operating point")) == (SCHEME, "youden")
    assert code(only(report, "CAD Processing and Findings Summary")) == ("DCM", "111242")
    assert {item.TextValue for item in items(report, "Algorithm Name")} == {"tiny"}
    assert {item.TextValue for item in items(report, "Algorithm Version")} == {"1"}
    parameters = {item.TextValue for item in items(report, "Algorithm Parameters")}
    assert "precision=float32" in parameters
    assert "sensitivity at the operating point=0.70 (0.60 to 0.75; made up)" in parameters
    assert {code(item)[1] for item in items(report, "Laterality")} == {"7771000"}


def test_it_points_at_the_image_it_is_of_and_belongs_to_its_study(
    make_finding: MakeFinding,
) -> None:
    image = header_of(mammogram())
    report = structured_report(make_finding())
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "PatientSex"):
        assert report[keyword].value == image[keyword].value
    assert (report.PatientName, report.PatientID) == (WOMAN, WOMAN_ID)
    for name in ("Source of Measurement", "Source"):
        (reference,) = only(report, name).ReferencedSOPSequence
        assert reference.ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert reference.ReferencedSOPClassUID == image.SOPClassUID
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    (instance,) = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert instance.ReferencedSOPInstanceUID == image.SOPInstanceUID


def test_the_region_is_a_closed_line_on_the_image(make_finding: MakeFinding) -> None:
    finding = make_finding()
    assert finding.region is not None
    item = only(structured_report(finding), "Image Region")
    assert item.GraphicType == "POLYLINE"
    line = np.reshape(item.GraphicData, (-1, 2))
    assert np.allclose(line[:-1], finding.region, atol=1e-3) and (line[0] == line[-1]).all()
    assert (line >= 0).all() and (line <= [finding.image.columns, finding.image.rows]).all()


def test_what_is_not_suspicious_has_no_region(make_finding: MakeFinding) -> None:
    report = structured_report(make_finding(threshold=1.0))
    assert code(only(report, "Verdict")) == (SCHEME, "not-suspicious")
    assert code(only(report, "CAD Processing and Findings Summary")) == ("DCM", "111241")
    assert items(report, "Image Region") == []


def test_what_cannot_be_assessed_says_why_and_has_no_score(make_finding: MakeFinding) -> None:
    finding = make_finding(mammogram(**BLANK))
    assert finding.prediction.verdict == "cannot assess"
    report = structured_report(finding)
    assert code(only(report, "CAD Processing and Findings Summary")) == ("DCM", "111245")
    assert items(report, "Calibrated score of the positive class") == []
    comments = [item.TextValue for item in items(report, "Comment")]
    assert finding.prediction.reason in comments


def test_it_says_that_it_is_research_and_that_nobody_has_looked_at_it(
    make_finding: MakeFinding,
) -> None:
    report = structured_report(make_finding())
    assert RESEARCH_NOTICE in [item.TextValue for item in items(report, "Comment")]
    assert report.VerificationFlag == "UNVERIFIED" and report.CompletionFlag == "PARTIAL"
    assert report.PreliminaryFlag == "PRELIMINARY" and "research" in report.SeriesDescription


def test_the_same_image_and_model_give_the_same_uids(make_finding: MakeFinding) -> None:
    one, two = (structured_report(make_finding()) for _ in range(2))
    assert one.SOPInstanceUID == two.SOPInstanceUID
    other = structured_report(make_finding(mammogram(2)))
    assert other.SOPInstanceUID != one.SOPInstanceUID
    assert other.SeriesInstanceUID == one.SeriesInstanceUID  # of one study
    assert other.InstanceNumber != one.InstanceNumber == two.InstanceNumber
    elsewhere = structured_report(make_finding(mammogram(study=2)))
    assert elsewhere.SeriesInstanceUID != one.SeriesInstanceUID


def test_a_header_without_what_may_be_empty_still_has_a_report(make_finding: MakeFinding) -> None:
    gone = ("PatientID", "PatientSex", "StudyDate", "StudyID", "Modality")
    report = structured_report(make_finding(mammogram(**dict.fromkeys(gone))))
    assert report.PatientID in (None, "") and report.Modality == "SR"


@pytest.mark.parametrize("kind", ["suspicious", "not suspicious", "cannot assess"])
def test_it_is_read_back_and_passes_two_checkers(
    kind: str, make_finding: MakeFinding, tmp_path: Path
) -> None:
    data = mammogram(**BLANK) if kind == "cannot assess" else mammogram()
    finding = make_finding(data, threshold=1.0 if kind == "not suspicious" else 0.0)
    assert finding.prediction.verdict == kind
    file = saved(finding)
    assert srread(io.BytesIO(file)).content.get_image_measurement_groups()
    assert pydicom.dcmread(io.BytesIO(file)).file_meta.TransferSyntaxUID.is_little_endian
    path = tmp_path / "report.dcm"
    path.write_bytes(file)
    for program in ("dsrdump", "dciodvfy"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here; `make system-deps` as root installs it")
        run = subprocess.run([program, str(path)], capture_output=True, text=True)
        said = f"{run.stdout}\n{run.stderr}"
        complaints = [
            line
            for line in said.splitlines()
            # DCMTK's checker of values knows no UTF-8, and says so.
            if line.startswith(("Error", "E:", "W:")) and "checker does not support" not in line
        ]
        assert run.returncode == 0 and complaints == [], said
    assert (
        "Imaging Measurement Report"
        in subprocess.run(["dsrdump", str(path)], capture_output=True, text=True).stdout
    )


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Müller^Zoë"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
        (None, WOMAN),
    ],
)
def test_a_name_in_another_character_set_is_the_same_name(
    charset: Any, name: str, make_finding: MakeFinding
) -> None:
    data = mammogram(SpecificCharacterSet=charset, PatientName=name)
    report = pydicom.dcmread(io.BytesIO(saved(make_finding(data))))
    assert report.SpecificCharacterSet == "ISO_IR 192" and str(report.PatientName) == name
