"""What becomes of each DICOM attribute: PS3.15 Annex E, and a list of what may be kept at all.

Table E.1-1 names what is known to identify. Here it stands for what occurs in mammography, with
the options Clean Pixel Data and Clean Descriptors; but a table of what to take away lets through
what it does not know: vendors' additions, next year's attributes, text in the wrong element.
So the rule is turned round: **what is not on one of these lists is removed**, private or not,
and what is kept is kept only with a value of the kind said here. The lists hold what a reader
or a program needs to show and to interpret the picture, and no more.
"""

from __future__ import annotations

from mammoscope.images.acquisition import VIEWS

# Table E.1-1, action Z (or Z/D, X/Z, X/D taken as Z): emptied, for the types 2 of CR, DX, MG, SC.
EMPTIED = frozenset({
    "AccessionNumber", "AcquisitionContextSequence", "ContentDate", "ContentTime",
    "PatientBirthDate", "PatientName", "PatientSex", "ReferringPhysicianName", "StudyDate",
    "StudyID", "StudyTime",
})  # fmt: skip

# Action Z/D: a pseudonym of the value, so that a woman's examinations stay together.
PSEUDONYMS = frozenset({"PatientID"})

# Action U: another UID for each, the same for the same.
UIDS = frozenset({
    "FrameOfReferenceUID", "IrradiationEventUID", "ReferencedSOPInstanceUID", "SOPInstanceUID",
    "SeriesInstanceUID", "StudyInstanceUID", "SynchronizationFrameOfReferenceUID",
})  # fmt: skip

# Action C of the option Clean Descriptors, for what is a label rather than a sentence: words that
# are not in `VOCABULARY` are taken out. A sentence without some of its words would say another
# thing ("no mass"), so that comments are removed whole.
DESCRIPTORS = frozenset({
    "Manufacturer", "PerformedProcedureStepDescription", "ProtocolName",
    "RequestedProcedureDescription", "SeriesDescription", "StudyDescription",
})  # fmt: skip
_WORDS = (
    "2D 3D AND BILATERAL BREAST CAD CC CLEAVAGE COMPRESSION CONTRAST CR CRANIOCAUDAL DIAGNOSTIC "
    "DIGITAL DX EXAM FFDM FILM FOR IMAGE IMPLANT IMPLANTS L LATERAL LATEROMEDIAL LEFT LM LMO "
    "MAGNIFICATION MAMMO MAMMOGRAM MAMMOGRAPHY MEDIOLATERAL MG ML MLO OBLIQUE PRESENTATION "
    "PROCESSED PROCESSING PROJECTION R RAW RIGHT ROLLED ROUTINE SCREEN SCREENING SERIES SPOT "
    "STANDARD STUDY SYNTHESIZED SYNTHETIC TANGENTIAL TOMO TOMOSYNTHESIS TWO UNILATERAL VIEW VIEWS "
    "WITH X-RAY XCC XCCL XCCM "
    # Of `Manufacturer`, which is no identifier, but free text.
    "AGFA CARESTREAM CORPORATION EASTMAN FISCHER FUJI FUJIFILM GE GIOTTO HEALTHCARE HEALTHINEERS "
    "HOLOGIC HOWTEK IMAGING IMS INC INTERNAZIONALE KODAK KONICA LORAD LUMISYS MEDICA MEDICAL "
    "METALTRONICA MICRODOSE MINOLTA PHILIPS PLANMED SECTRA SIEMENS SYSTEMS VIDAR"
)
VOCABULARY = frozenset(_WORDS.split())

# Kept: numbers. Technique and geometry describe a picture, not a woman.
NUMBERS = frozenset({
    # the pixels
    "BitsAllocated", "BitsStored", "Columns", "HighBit", "NumberOfFrames", "PixelAspectRatio",
    "PixelPaddingRangeLimit", "PixelPaddingValue", "PixelRepresentation", "Rows",
    "SamplesPerPixel",
    # their grayscale
    "LUTDescriptor", "LossyImageCompressionRatio", "PixelIntensityRelationshipSign",
    "RescaleIntercept", "RescaleSlope", "WindowCenter", "WindowWidth",
    # their size
    "DetectorActiveDimensions", "DetectorElementPhysicalSize", "DetectorElementSpacing",
    "EstimatedRadiographicMagnificationFactor", "FieldOfViewDimensions", "FieldOfViewOrigin",
    "FieldOfViewRotation", "ImagerPixelSpacing", "PixelSpacing", "SpatialResolution",
    # technique
    "BodyPartThickness", "CompressionForce", "DetectorBinning", "DetectorTemperature",
    "DistanceSourceToDetector", "DistanceSourceToEntrance", "DistanceSourceToPatient",
    "EntranceDose", "EntranceDoseInmGy", "Exposure", "ExposureInmAs", "ExposureInuAs",
    "ExposureTime", "ExposureTimeInuS", "FilterThicknessMaximum", "FilterThicknessMinimum",
    "FocalSpots", "HalfValueLayer", "KVP", "OrganDose", "PositionerPrimaryAngle",
    "PositionerSecondaryAngle", "RelativeXRayExposure", "Sensitivity", "XRayTubeCurrent",
    "XRayTubeCurrentInuA",
})  # fmt: skip
# Kept up to four digits: a counter. Some archives write a patient's or an image's number here.
COUNTERS = frozenset({"InstanceNumber", "SeriesNumber"})
TABLES = frozenset({"LUTData"})

_YES_NO = frozenset({"YES", "NO"})
_MATERIALS = frozenset({
    "ALUMINUM", "COPPER", "LEAD", "MOLYBDENUM", "NIOBIUM", "RHODIUM", "SILVER", "TANTALUM", "TIN",
    "TITANIUM", "TUNGSTEN",
})  # fmt: skip
_SHAPES = frozenset({"CIRCULAR", "HEXAGONAL", "POLYGONAL", "RECTANGLE", "RECTANGULAR", "ROUND"})
_RESCALE_TYPES = frozenset({"HU", "OD", "US", "LOG_E REL"})

# Kept: code strings, of these values only; DICOM's "defined terms" let a writer invent others.
CODE_STRINGS: dict[str, frozenset[str]] = {
    "AnodeTargetMaterial": _MATERIALS,
    "BodyPartExamined": frozenset({"BREAST"}),
    "BreastImplantPresent": _YES_NO,
    "ConversionType": frozenset({"DF", "DI", "DRW", "DV", "SD", "SI", "SYN", "WSD"}),
    "DetectorActiveShape": _SHAPES,
    "DetectorConfiguration": frozenset({"AREA", "SLOT"}),
    "DetectorType": frozenset({"DIRECT", "FILM", "SCINTILLATOR", "STORAGE"}),
    "ExposureControlMode": frozenset({"AUTOMATIC", "MANUAL"}),
    "ExposureStatus": frozenset({"ABORTED", "NORMAL"}),
    "FieldOfViewHorizontalFlip": _YES_NO,
    "FieldOfViewShape": _SHAPES,
    "FilterMaterial": _MATERIALS,
    "FilterType": frozenset({"BUTTERFLY", "FLAT", "MULTIPLE", "NONE", "STRIP", "WEDGE"}),
    "Grid": frozenset({"CROSSED", "FIXED", "FOCUSED", "NONE", "PARALLEL", "RECIPROCATING"}),
    "ImageLaterality": frozenset("BLRU"),
    "ImageType": frozenset({
        "", "ADDITION", "DERIVED", "GENERATED_2D", "LEFT", "LOW_ENERGY", "MAXIMUM", "MEAN",
        "NONE", "ORIGINAL", "POST_CONTRAST", "POST_PROCESSED", "PRIMARY", "RIGHT", "SECONDARY",
        "STEREO_MINUS", "STEREO_PLUS", "STEREO_SCOUT", "SUBTRACTION", "TOMOSYNTHESIS",
    }),
    "Laterality": frozenset("LR"),
    "LossyImageCompression": frozenset({"00", "01"}),
    "LossyImageCompressionMethod": frozenset(
        {"ISO_10918_1", "ISO_14495_1", "ISO_15444_1", "ISO_15444_15"}
    ),
    "Modality": frozenset({"CR", "DX", "MG", "OT", "RG"}),
    "ModalityLUTType": _RESCALE_TYPES,
    "OrganExposed": frozenset({"BREAST"}),
    "PartialView": _YES_NO,
    "PhotometricInterpretation": frozenset({"MONOCHROME1", "MONOCHROME2"}),
    "PixelIntensityRelationship": frozenset({"DISP", "LIN", "LOG"}),
    "PixelSpacingCalibrationType": frozenset({"FIDUCIAL", "GEOMETRY"}),
    "PositionerType": frozenset({"CARM", "COLUMN", "MAMMOGRAPHIC", "NONE"}),
    "PresentationIntentType": frozenset({"FOR PRESENTATION", "FOR PROCESSING"}),
    "PresentationLUTShape": frozenset({"IDENTITY", "INVERSE"}),
    "QualityControlImage": _YES_NO | {"BOTH"},
    "RecognizableVisualFeatures": _YES_NO,
    "RescaleType": _RESCALE_TYPES,
    "VOILUTFunction": frozenset({"LINEAR", "LINEAR_EXACT", "SIGMOID"}),
    "ViewPosition": VIEWS,
}  # fmt: skip

# Kept: sequences, each item with these attributes by the same rules, or as a code of `CODES`.
SEQUENCES: dict[str, frozenset[str]] = {
    "ModalityLUTSequence": frozenset({"LUTData", "LUTDescriptor", "ModalityLUTType"}),
    "VOILUTSequence": frozenset({"LUTData", "LUTDescriptor"}),
    "ReferencedImageSequence": frozenset({"ReferencedSOPClassUID", "ReferencedSOPInstanceUID"}),
    "SourceImageSequence": frozenset(
        {"PurposeOfReferenceCodeSequence", "ReferencedSOPClassUID", "ReferencedSOPInstanceUID"}
    ),
}
CODE_SEQUENCES = frozenset({
    "AnatomicRegionSequence", "DerivationCodeSequence", "PurposeOfReferenceCodeSequence",
    "ViewCodeSequence", "ViewModifierCodeSequence",
})  # fmt: skip

# (Scheme, value) → meaning: PS3.16 CID 4013, 4014, 4015 in SNOMED CT and the older SNOMED RT, and
# some of CID 7202 and 7203. The meaning is written from here, never from the file: it is free text.
CODES: dict[tuple[str, str], str] = {
    (scheme, value): meaning
    for meaning, (clinical, reference) in {
        "Breast": ("76752008", "T-04000"),
        "cranio-caudal": ("399162004", "R-10242"),
        "medio-lateral oblique": ("399368009", "R-10226"),
        "medio-lateral": ("399260004", "R-10224"),
        "latero-medial": ("399352003", "R-10228"),
        "latero-medial oblique": ("399099002", "R-10230"),
        "caudo-cranial (from below)": ("399196006", "R-10244"),
        "superolateral to inferomedial oblique": ("399188001", "R-102D0"),
        "inferomedial to superolateral oblique": ("441555000", "R-40AAA"),
        "cranio-caudal exaggerated laterally": ("399192008", "R-1024A"),
        "cranio-caudal exaggerated medially": ("399101009", "R-1024B"),
        "Axillary Tail": ("399011000", "R-102D1"),
        "Cleavage": ("399161006", "R-102D2"),
        "Rolled Lateral": ("399197002", "R-102D3"),
        "Rolled Medial": ("399226006", "R-102D4"),
        "Implant Displaced": ("399209000", "R-102D5"),
        "Magnification": ("399163009", "R-102D6"),
        "Spot Compression": ("399055006", "R-102D7"),
        "tangential": ("399110001", "R-102C2"),
        "Nipple in profile": ("442581004", "R-40AB3"),
        "Infra-mammary fold": ("442593008", "R-40ABE"),
        "Axillary tissue": ("442580003", "R-40AB2"),
    }.items()
    for scheme, value in (("SCT", clinical), ("SRT", reference), ("SNM3", reference))
} | {
    ("DCM", "113040"): "Lossy Compression",
    ("DCM", "121320"): "Uncompressed predecessor",
    ("DCM", "121322"): "Source image for image processing operation",
}

# Types 1 and 2: where the value cannot be kept the attribute is left empty, not absent.
NEVER_ABSENT = frozenset({
    "BodyPartExamined", "InstanceNumber", "Laterality", "Manufacturer", "PatientOrientation",
    "PositionerType", "SeriesNumber", "ViewModifierCodeSequence",
})  # fmt: skip

# Types 2 that patient, study, series, equipment and image of every object have: added if absent.
ALWAYS_THERE = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "AccessionNumber", "ReferringPhysicianName", "StudyID", "SeriesNumber", "InstanceNumber",
    "Manufacturer", "PatientOrientation",
)  # fmt: skip
ALWAYS_THERE_IN_DX = ("AcquisitionContextSequence", "AnatomicRegionSequence", "DetectorType")

# PS3.16 CID 7050.
BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
CLEAN_PIXEL_DATA = ("113101", "Clean Pixel Data Option")
CLEAN_DESCRIPTORS = ("113105", "Clean Descriptors Option")
