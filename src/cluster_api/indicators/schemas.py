"""Documents that say what is asked: indicator sets, questionnaires and sets of eligibility criteria.

A document is checked as a whole when it is read, so that whatever is kept can be compiled, filled in and scored.
"""

import keyword
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.foundation.fields import WHOLE, Line, Prose
from cluster_api.indicators.states import BOUNDED_KINDS, SPOKEN_KINDS, Certainty, Effect, MeasureKind, Quantity

UNITS = 10_000
"""Values are compared exactly, in ten-thousandths: nearly all of them are whole numbers then."""
Exact = int | Fraction
LARGEST = 1_000_000_000
RESERVED = frozenset({*dir(BaseModel), *keyword.kwlist, "methodology"})

ItemCode = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$")]
FieldName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
FieldPath = Annotated[
    str, Field(min_length=1, max_length=121, pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)?$")
]
Whole = Annotated[int, Field(ge=0, le=LARGEST, strict=True), WHOLE]
Points = Annotated[int, Field(ge=0, le=1000, strict=True), WHOLE]
Amount = Annotated[float, Field(ge=-LARGEST, le=LARGEST, strict=True, allow_inf_nan=False, examples=[0.5])]
Share = Annotated[int, Field(ge=1, le=100, strict=True), WHOLE]


def units(value: float) -> Exact:
    """Answer a number in ten-thousandths, exactly as it is written: 0.7 gives 7000, 0.69996 gives 6999 and 3/5."""
    if isinstance(value, int):
        return value * UNITS
    found = round(value * UNITS)
    return found if found / UNITS == value else Fraction(repr(value)) * UNITS


class Document(BaseModel):
    """Base of all parts of a document: nothing unknown, nothing changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(Document):
    """Something said about the scheme, how certain it is, and where it was published."""

    certainty: Certainty = Field(description="How certain it is.", examples=["proposed"])
    source: Prose = Field(description="Where it was published, or why it is proposed.", examples=["Own proposal."])


class Condition(Document):
    """One comparison: a quantity made of values of the form, and its bounds, both included."""

    quantity: Quantity = Field(default=Quantity.VALUE, description="What is compared.")
    of: tuple[FieldPath, ...] = Field(
        min_length=1, max_length=30, description="Fields it is made of: `field`, or `field.part` of a composed one."
    )
    at_least: Amount | None = Field(default=None, description="Lowest value that fulfils it.")
    at_most: Amount | None = Field(default=None, description="Highest value that fulfils it.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("A condition needs at_least or at_most.")
        wanted = {Quantity.VALUE: (1, 1), Quantity.DIFFERENCE: (2, 30), Quantity.QUOTIENT: (2, 2)}
        fewest, most = wanted.get(self.quantity, (1, 30))
        if not fewest <= len(self.of) <= most:
            raise ValueError(f"The quantity {self.quantity.value} is not made of {len(self.of)} values.")
        return self

    @cached_property
    def bounds(self) -> tuple[Exact | None, Exact | None]:
        """Answer both bounds in ten-thousandths."""
        low, high = self.at_least, self.at_most
        return None if low is None else units(low), None if high is None else units(high)

    @cached_property
    def words(self) -> str:
        """Answer the condition in words: ``team.staff at least 0.5``."""
        join = {Quantity.SUM: " + ", Quantity.DIFFERENCE: " - ", Quantity.QUOTIENT: " / "}.get(self.quantity, ", ")
        subject = join.join(self.of)
        if self.quantity is Quantity.POSITIVE:
            subject = f"number above zero among {subject}"
        bounds = (("at least", self.at_least), ("at most", self.at_most))
        return f"{subject} " + " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


class LevelText(Document):
    """What must be seen for a judged level."""

    level: Points = Field(description="The level.", examples=[2])
    text: Line = Field(description="What must be seen.", examples=["Written and approved."])


class Measure(Document):
    """One value that is asked for: its kind, unit and bounds."""

    name: FieldName | None = Field(default=None, description="Name of the part; none if it is the only one.")
    kind: MeasureKind = Field(description="Kind of value.", examples=["count"])
    label: Line = Field(description="What is measured.", examples=["Committed participants."])
    unit: Line | None = Field(default=None, description="Unit, in words.", examples=["participants"])
    lowest: Amount = Field(default=0, description="Lowest possible value (texts: fewest).")
    highest: Amount = Field(default=1, description="Highest possible value (texts: most).")
    levels: tuple[LevelText, ...] = Field(default=(), max_length=11, description="Levels from the lowest on.")
    choices: tuple[FieldName, ...] = Field(default=(), max_length=60, description="Possible answers of a choice.")
    optional: bool = Field(default=False, strict=True, description="Whether it may be left out.")
    example: Amount | None = Field(default=None, description="A value to show.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError("The lowest value lies above the highest.")
        if self.kind in BOUNDED_KINDS and "highest" not in self.model_fields_set:
            raise ValueError(f"A {self.kind.value} needs its highest possible value.")
        if self.kind is MeasureKind.RATIO and not 0 <= self.lowest <= self.highest <= 1:
            raise ValueError("A ratio lies between 0 and 1.")
        if self.kind is MeasureKind.LEVEL and [text.level for text in self.levels] != list(
            range(int(self.lowest), int(self.highest) + 1)
        ):
            raise ValueError("A level needs one text for each level from the lowest to the highest.")
        if self.kind is MeasureKind.CHOICE and len(set(self.choices)) < max(2, len(self.choices)):
            raise ValueError("A choice needs at least two different answers.")
        return self


class Item(Claim):
    """One thing that is asked: its code in the paper, its name in forms, and what is measured."""

    code: ItemCode = Field(description="Code in the paper.", examples=["1.1.2"])
    name: FieldName = Field(description="Name of its field in forms.", examples=["committed_participants"])
    title: Line = Field(description="Name for people.", examples=["Number of committed participants"])
    dimension: ItemCode = Field(description="Dimension or area to which it belongs.", examples=["1"])
    measures: tuple[Measure, ...] = Field(
        min_length=1, max_length=20, description="The value that is asked for, or the parts of it."
    )
    related: dict[ItemCode, tuple[ItemCode, ...]] = Field(
        default={}, max_length=20, description="Code of another set to codes of items there that asked for the like."
    )

    @property
    def is_composed(self) -> bool:
        """Answer whether its field is an object of named parts."""
        return self.measures[0].name is not None

    def paths(self) -> Iterator[tuple[str, Measure]]:
        """Answer each measure with the path by which conditions name it."""
        for measure in self.measures:
            yield (self.name if measure.name is None else f"{self.name}.{measure.name}"), measure


class Minimum(Claim):
    """What must be reached whatever the points are: a missed one refuses, unless it only warns."""

    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=10, description="All must hold.")
    effect: Effect = Field(default=Effect.REFUSE, description="What missing it does.")


class Step(Document):
    """So many points are given where all conditions hold."""

    points: Points = Field(description="Points given.", examples=[5])
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=10, description="All must hold.")


class Scale(Claim):
    """From value to points: the highest step whose conditions hold counts, none gives 0."""

    steps: tuple[Step, ...] = Field(min_length=1, max_length=20, description="Steps, their points rising.")


class Indicator(Item):
    """A quality indicator: what is measured, its points, and what must be reached."""

    is_gate: bool = Field(default=False, strict=True, description="Not scored, but missing its minimum refuses.")
    max_points: Points = Field(description="Points at full marks; 0 of a gate.", examples=[5])
    silver_scope: bool | None = Field(description="Whether silver looks at it; null if not known.")
    minimum: Minimum | None = Field(default=None, description="What must be reached in any case.")
    scale: Scale | None = Field(default=None, description="From value to points; none where the level is the points.")

    @model_validator(mode="after")
    def _can_be_scored(self) -> Self:
        if self.is_gate:
            if self.max_points or self.scale is not None or self.minimum is None:
                raise ValueError(f"{self.code}: a gate has a minimum and no points.")
            return self
        if self.scale is not None:
            points = [step.points for step in self.scale.steps]
            if points != sorted(set(points)) or points[0] == 0 or points[-1] != self.max_points:
                raise ValueError(f"{self.code}: points of steps rise from above 0 to max_points.")
            return self
        first = self.measures[0]
        if len(self.measures) != 1 or first.kind is not MeasureKind.LEVEL or first.lowest or self.is_composed:
            raise ValueError(f"{self.code}: only a single level from 0 is its own scale.")
        if first.highest != self.max_points:
            raise ValueError(f"{self.code}: the highest level must be max_points.")
        return self

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Answer the steps of its scale; those of a level are its levels."""
        if self.scale is not None:
            return self.scale.steps
        # Of a gate there are none: it has no points.
        return tuple(
            Step(points=points, conditions=(Condition(of=(self.name,), at_least=points),))
            for points in range(1, self.max_points + 1)
        )

    @cached_property
    def scale_paths(self) -> tuple[str, ...]:
        """Answer every field that its scale speaks of."""
        return tuple(dict.fromkeys(path for step in self.steps for one in step.conditions for path in one.of))

    @cached_property
    def minimum_paths(self) -> tuple[str, ...]:
        """Answer every field that its minimum speaks of."""
        conditions = self.minimum.conditions if self.minimum else ()
        return tuple(dict.fromkeys(path for one in conditions for path in one.of))


class Criterion(Item):
    """A criterion of eligibility."""

    requires: tuple[Condition, ...] = Field(min_length=1, max_length=10, description="All must hold.")
    is_waivable: bool = Field(strict=True, description="Whether it can be waived with a reason.")


class Check(Document):
    """A rule between fields that every filled form keeps."""

    code: FieldName = Field(description="Code of the rule.", examples=["shares_sum_to_one"])
    text: Line = Field(description="What is wanted.", examples=["The shares must add up to 1."])
    condition: Condition = Field(description="What must hold; nothing is asked where an optional value is left out.")


class ItemGroup(Document):
    """A group of items."""

    code: ItemCode = Field(description="Code.", examples=["1"])
    title: Line = Field(description="Name for people.", examples=["Structure of the cluster"])


class Form(Claim):
    """What all forms have in common: dimensions, items and rules between fields."""

    title: Line = Field(description="Name of the document.", examples=["Quality indicators of 2013"])
    summary: Prose = Field(description="What it is for and what is particular about it.", examples=["Gold."])
    dimensions: tuple[ItemGroup, ...] = Field(min_length=1, max_length=30, description="Groups, in order.")
    checks: tuple[Check, ...] = Field(default=(), max_length=50, description="Rules between fields.")

    @property
    def items(self) -> Sequence[Item]:
        """Answer everything that is asked, in order."""
        raise NotImplementedError

    def _conditions(self) -> Iterator[Condition]:
        yield from (check.condition for check in self.checks)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        faults = [*_wrong_names(self.items), *self._wrong_references()]
        if faults:
            raise ValueError(" ".join(faults[:20]))
        return self

    def _wrong_references(self) -> Iterator[str]:
        known = {group.code for group in self.dimensions}
        yield from (f"{one.code}: no dimension {one.dimension}." for one in self.items if one.dimension not in known)
        if len(known) < len(self.dimensions):
            yield "Two dimensions have one code."
        paths = {path: measure for item in self.items for path, measure in item.paths()}
        named = {path for condition in self._conditions() for path in condition.of}
        for path in sorted(named):
            if path not in paths or paths[path].kind in SPOKEN_KINDS:
                yield f"A condition names {path}, which is no number of this document."


def _wrong_names(items: Sequence[Item]) -> Iterator[str]:
    for attribute in ("code", "name"):
        found = [getattr(item, attribute) for item in items]
        yield from (f"Two items have the {attribute} {one}." for one in sorted({*found}) if found.count(one) > 1)
    for item in items:
        names = [measure.name for measure in item.measures]
        if len(names) > 1 and (None in names or len(set(names)) < len(names)):
            yield f"{item.code}: parts need names of their own."
        for name in (item.name, *names):
            if name in RESERVED or str(name).startswith("model_"):
                yield f"{item.code}: {name} is a reserved word."


class IndicatorSet(Form):
    """A set of quality indicators: what experts score, out of how many points, and what passes."""

    kind: Literal["indicator_set"] = Field(description="Kind of document.")
    indicators: tuple[Indicator, ...] = Field(min_length=1, max_length=200, description="The indicators, in order.")
    max_points: Annotated[int, Field(ge=1, le=100_000, strict=True), WHOLE] = Field(
        description="Points of all together.", examples=[150]
    )
    pass_percent: Share = Field(description="Share of the points that passes, in percent.", examples=[80])

    @property
    def items(self) -> Sequence[Indicator]:
        """Answer the indicators."""
        return self.indicators

    def _conditions(self) -> Iterator[Condition]:
        yield from super()._conditions()
        for indicator in self.indicators:
            yield from indicator.minimum.conditions if indicator.minimum else ()
            for step in indicator.steps:
                yield from step.conditions

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(indicator.max_points for indicator in self.indicators)
        if total != self.max_points:
            raise ValueError(f"max_points is {self.max_points}, but the indicators have {total} together.")
        if any(measure.optional for indicator in self.indicators for measure in indicator.measures):
            raise ValueError("Nothing of an indicator set is optional: every indicator is scored.")
        return self

    @property
    def threshold(self) -> int:
        """Answer the fewest points that pass: the smallest number with ``100 * points >= pass_percent * max``."""
        return -(-self.pass_percent * self.max_points // 100)


class Questionnaire(Form):
    """The questions of a benchmarking; nothing passes or fails."""

    kind: Literal["questionnaire"] = Field(description="Kind of document.")
    questions: tuple[Item, ...] = Field(min_length=1, max_length=200, description="The questions, in order.")

    @property
    def items(self) -> Sequence[Item]:
        """Answer the questions."""
        return self.questions


class EligibilitySet(Form):
    """Criteria that an organisation must meet, all of them, before it can hold a label."""

    kind: Literal["eligibility_set"] = Field(description="Kind of document.")
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=100, description="The criteria, in order.")

    @property
    def items(self) -> Sequence[Criterion]:
        """Answer the criteria."""
        return self.criteria

    def _conditions(self) -> Iterator[Condition]:
        yield from super()._conditions()
        for criterion in self.criteria:
            yield from criterion.requires
