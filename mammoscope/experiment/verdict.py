"""The paragraph of a comparison: which model is the better choice for what, and is it noise?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mammoscope.experiment.wording import join
from mammoscope.types import Estimate

# Below this ratio two latencies or sizes are called the same: a shared machine varies as much.
SAME_RATIO = 1.2
CHANCE = 0.5
# A sentence that names more models than these is read by nobody: it counts them instead.
MOST_NAMED = 5
NO_CLINICAL_USE = (
    "This compares research models on the women of one collection; "
    "it recommends none of them for clinical use."
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model's figures, as far as a choice rests on them.

    Attributes:
        name: of the model in the report.
        auc: by the deciding unit.
        seeds: that it was trained from; one tells nothing of the noise of training.
        latency_p50_ms: of a warm pass; None = not measured.
        graph_bytes: size of its file; None = not measured.
    """

    name: str
    auc: Estimate
    seeds: int
    latency_p50_ms: float | None = None
    graph_bytes: int | None = None

    @property
    def beats_chance(self) -> bool:
        return self.auc.low > CHANCE


def write_verdict(
    candidates: Sequence[Candidate],
    differences: Mapping[tuple[str, str], Estimate],
    *,
    sample: str,
    question: str,
    notes: Sequence[str] = (),
) -> str:
    """One paragraph of plain sentences, from the figures and nothing else.

    Args:
        candidates: at least one, names unique.
        differences: (one, other) → AUC of one minus AUC of the other, paired; every pair once,
            in either order.
        sample: unit and counts, such as "By breast (n 233, 78 positive, 154 women)".
        question: what is told apart, such as "cancer from no cancer".
        notes: what a reader of figures made from the data must know.
    """
    # Equal figures are taken in the order of names, so that the order of the runs decides nothing.
    ranked = sorted(candidates, key=lambda candidate: (-candidate.auc.value, candidate.name))
    leads = {
        other.name: order_pair(ranked[0].name, other.name, differences) for other in ranked[1:]
    }
    sentences = [_figures(ranked, sample, question), *_chance(ranked)]
    if len(ranked) == 1:
        sentences.append("One model is no comparison: nothing is said here of a better one.")
    sentences += [*_differences(ranked, leads), *_choice(ranked, leads), *_costs(ranked, leads)]
    return " ".join([*sentences, *caution(notes), NO_CLINICAL_USE])


def caution(notes: Sequence[str]) -> list[str]:
    """The sentence that what was noted of the data asks for; none without a note."""
    if not notes:
        return []
    return [f"The intervals may be too narrow: {'; '.join(note.rstrip('.') for note in notes)}."]


def order_pair(one: str, other: str, differences: Mapping[tuple[str, str], Estimate]) -> Estimate:
    """The AUC of `one` minus that of `other`, whichever way round it was measured."""
    if (one, other) in differences:
        return differences[one, other]
    turned = differences[other, one]
    return Estimate(-turned.value, -turned.high, -turned.low, turned.method)


def is_noise(difference: Estimate) -> bool:
    """Whether the interval of a difference holds 0."""
    return difference.low <= 0.0 <= difference.high


def any_single(seeds: Iterable[int]) -> bool:
    """Whether one of the models was trained from one seed, so that its training is one throw."""
    return min(seeds) == 1


def figure(estimate: Estimate) -> str:
    """`0.64 (0.60 to 0.68)`, with more digits where two would make a 0 or a 0.5 of a number."""
    numbers = (estimate.value, estimate.low, estimate.high)
    digits = 2
    while digits < 4 and any(
        round(number, digits) in (0.0, CHANCE) and number not in (0.0, CHANCE) for number in numbers
    ):
        digits += 1
    value, low, high = (f"{round(number, digits) + 0.0:.{digits}f}" for number in numbers)
    return f"{value} ({low} to {high})"


def milliseconds(value: float) -> str:
    """`40 ms`, `3.2 ms` or `0.35 ms`: two digits are as much as a noisy machine tells."""
    digits = 0 if value >= 10 else 1 if value >= 1 else 2
    return f"{value:.{digits}f} ms"


def _figures(ranked: Sequence[Candidate], sample: str, question: str) -> str:
    first, *others = ranked
    said = [f"{first.name} tells {question} with an AUC of {figure(first.auc)}"]
    if len(ranked) <= MOST_NAMED:
        said += [f"{each.name} with {figure(each.auc)}" for each in others]
        return f"{sample}, {join(said)}."
    return (
        f"{sample}, {said[0]}; the {len(others)} others reach from {figure(others[-1].auc)}, "
        f"{others[-1].name}, to {figure(others[0].auc)}, {others[0].name}."
    )


def _chance(ranked: Sequence[Candidate]) -> list[str]:
    held = [each for each in ranked if each.auc.low <= CHANCE <= each.auc.high]
    worse = [each for each in ranked if each.auc.high < CHANCE]
    sentences = []
    if len(held) == len(ranked) > 1:
        sentences.append(
            f"{_none(ranked)} can be told from guessing: the interval of each holds 0.5."
        )
    elif held:
        holds = "its interval holds" if len(held) == 1 else "their intervals hold"
        sentences.append(f"{_some(held, ranked)} cannot be told from guessing: {holds} 0.5.")
    if worse:
        ranks = "ranks" if len(worse) == 1 else "rank"
        sentences.append(
            f"{_some(worse, ranked)} {ranks} worse than guessing would: all below 0.5."
        )
    return sentences


def _some(chosen: Sequence[Candidate], ranked: Sequence[Candidate]) -> str:
    """Their names, or how many of all they are, and which are the others."""
    if len(chosen) <= MOST_NAMED:
        return join([each.name for each in chosen])
    others = [each.name for each in ranked if each not in chosen]
    if not others:
        return f"all {len(ranked)} models"
    but = f" (all but {join(others)})" if len(others) <= MOST_NAMED else ""
    return f"{len(chosen)} of the {len(ranked)} models{but}"


def _differences(ranked: Sequence[Candidate], leads: Mapping[str, Estimate]) -> list[str]:
    if len(ranked) > MOST_NAMED:
        return _many_differences(ranked, leads)
    sentences = []
    for other in ranked[1:]:
        lead = leads[other.name]
        what = "The difference" if len(leads) == 1 else f"{ranked[0].name}'s lead over {other.name}"
        if is_noise(lead):
            said = "may be noise: its interval holds 0, and nothing here shows that one is better"
        else:
            said = _more_than_noise((ranked[0], other))
        sentences.append(f"{what} of {figure(lead)} {said}.")
    return sentences


def _more_than_noise(models: Sequence[Candidate]) -> str:
    if any_single(each.seeds for each in models):
        return (
            "excludes 0 and is more than the noise of drawing women; what another training "
            "seed would give was not measured"
        )
    return "is more than noise: its interval excludes 0"


def _many_differences(ranked: Sequence[Candidate], leads: Mapping[str, Estimate]) -> list[str]:
    """Two sentences: over whom the first one's lead may be noise, and over whom it is not."""
    first, *others = ranked
    near = [other for other in others if is_noise(leads[other.name])]
    far = [other for other in others if other not in near]
    sentences = []
    if near:
        holds = "its interval holds" if len(near) == 1 else "each interval holds"
        sentences.append(
            f"{first.name}'s lead over {_leads(near, leads)} may be noise: {holds} 0, and nothing "
            "here shows that one is better."
        )
    if far:
        said = _more_than_noise([first, *far])
        sentences.append(f"{first.name}'s lead over {_leads(far, leads)} {said}.")
    sentences.append(
        f"Among {len(others)} differences one may exclude 0 by chance, and the first of "
        f"{len(ranked)} models owes part of its lead to having been picked."
    )
    return sentences


def _leads(others: Sequence[Candidate], leads: Mapping[str, Estimate]) -> str:
    """`a of 0.06 (0.01 to 0.11) and b of …`; of many the least and the greatest."""
    if len(others) <= MOST_NAMED:
        return join([f"{each.name} of {figure(leads[each.name])}" for each in others])
    ordered = sorted(others, key=lambda each: leads[each.name].value)
    least, most = (
        f"{figure(leads[each.name])} over {each.name}" for each in (ordered[0], ordered[-1])
    )
    return f"{len(others)} others, from {least} to {most},"


def _choice(ranked: Sequence[Candidate], leads: Mapping[str, Estimate]) -> list[str]:
    """Which model separates best, if that was shown of one."""
    shown = [each for each in ranked if each.beats_chance]
    first = _first(ranked, leads)
    sentences = []
    if not shown and len(ranked) == 1:
        sentences.append("It should not be chosen for reading mammograms.")
    elif not shown:
        only = "; only cost could distinguish them" if len(first) == len(ranked) else ""
        sentences.append(f"{_none(ranked)} should be chosen for reading mammograms{only}.")
    elif len(ranked) > 1 and len(first) == 1:
        where = " in these trainings" if any_single(each.seeds for each in ranked) else ""
        sentences.append(f"By separation alone, {first[0].name} is the better choice{where}.")
    elif len(ranked) > 1:
        if len(ranked) > 2:
            names = _some(first, ranked)
            sentences.append(f"By separation alone, {names} share the first place.")
        if not all(each.beats_chance for each in first):
            verb = "was" if len(shown) == 1 else "were"
            sentences.append(f"Only {_some(shown, ranked)} {verb} shown to separate at all.")
    return sentences


def _first(ranked: Sequence[Candidate], leads: Mapping[str, Estimate]) -> list[Candidate]:
    """The model of the highest AUC, and those whose distance from it may be noise."""
    return [ranked[0], *(each for each in ranked[1:] if is_noise(leads[each.name]))]


def _costs(ranked: Sequence[Candidate], leads: Mapping[str, Estimate]) -> list[str]:
    """What the cheapest gains, and whether that is a reason to choose it."""
    unknown = [each for each in ranked if each.latency_p50_ms is None]
    sentences = [f"The cost of {_some(unknown, ranked)} was not measured."] if unknown else []
    measured = sorted(
        (each for each in ranked if each.latency_p50_ms is not None),
        key=lambda each: (each.latency_p50_ms, each.name),
    )
    if len(measured) < 2:
        return sentences
    first = _first(ranked, leads)
    sentences.append(_gain(measured[0], _beside(measured[0], measured, ranked), ranked, first))
    # A slower one may still be the cheapest of those that nothing puts behind the first.
    equal = [each for each in measured if each in first]
    if equal and measured[0] not in first and equal[0] is not ranked[0] and ranked[0] in equal:
        sentences.append(_gain(equal[0], ranked[0], ranked, first))
    return sentences


def _beside(
    cheap: Candidate, measured: Sequence[Candidate], ranked: Sequence[Candidate]
) -> Candidate:
    """Whom a cheap model is held against: the best one, or else the next."""
    best = ranked[0]
    return best if best is not cheap and best in measured else measured[1]


def _gain(
    cheap: Candidate,
    dear: Candidate,
    ranked: Sequence[Candidate],
    first: Sequence[Candidate],
) -> str:
    speed, size = (
        _ratio(cheap.latency_p50_ms, dear.latency_p50_ms),
        _ratio(cheap.graph_bytes, dear.graph_bytes),
    )
    # As fast as each other: then the smaller file is the cheaper one.
    if speed < SAME_RATIO and size < 1 / SAME_RATIO:
        cheap, dear, speed, size = dear, cheap, 1 / speed, 1 / size
    times = (
        f"{milliseconds(cheap.latency_p50_ms or 0)} against {dear.name}'s "
        f"{milliseconds(dear.latency_p50_ms or 0)}"
    )
    if speed < SAME_RATIO:
        fact, gains = f"{cheap.name} answers about as fast ({times})", []
    else:
        fact, gains = f"{cheap.name} answers in {times} ({_times(speed)} faster)", ["time"]
    if size >= SAME_RATIO:
        fact, gains = f"{fact} and its file is {_times(size)} smaller", [*gains, "space"]
    elif size <= 1 / SAME_RATIO:
        fact = f"{fact}, but its file is {_times(1 / size)} larger"
    if not gains:
        return f"{fact}: cost does not distinguish them."
    return f"{fact}{_reason(cheap, join(gains, 'or'), ranked, first)}."


def _reason(
    cheap: Candidate, gains: str, ranked: Sequence[Candidate], first: Sequence[Candidate]
) -> str:
    """Whether being cheap is a reason to choose a model."""
    if not any(each.beats_chance for each in ranked):
        return ""  # said already: neither should be chosen
    if not cheap.beats_chance:
        return ", which is no reason to choose what was not shown to separate at all"
    if cheap not in first:
        where = "in these trainings " if any_single((cheap.seeds, ranked[0].seeds)) else ""
        return (
            f", so {where}it is the better choice only where {gains} counts for more than its "
            "lower AUC"
        )
    if len(first) == 1:
        return f", so {gains} speaks for it as well"
    return f", so it is the better choice where {gains} counts"


def _ratio(cheap: float | None, dear: float | None) -> float:
    return 1.0 if not cheap or not dear else dear / cheap


def _times(ratio: float) -> str:
    return f"{ratio:.0f} times" if ratio >= 9.5 else f"{ratio:.1f} times"


def _none(ranked: Sequence[Candidate]) -> str:
    return "Neither" if len(ranked) == 2 else "None"
