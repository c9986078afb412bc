"""How a comparison is shown."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.comparisons.states import Better, Group, Shape, Suppressed

LARGEST = 100_000_000_000
Figure = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Shown(BaseModel):
    """Base of what is read out of comparisons."""

    model_config = ConfigDict(from_attributes=True)


class SpreadRead(Shown):
    """How a figure is spread over a group of peers; smallest and largest are never told."""

    n: int | None = Field(description="Peers that have the figure.", ge=0, examples=[42])
    lower_quartile: Figure | None = Field(description="A quarter of the peers lie below.", examples=[31])
    median: Figure | None = Field(description="Half of the peers lie below.", examples=[58.5])
    upper_quartile: Figure | None = Field(description="Three quarters of the peers lie below.", examples=[97.25])
    share: float | None = Field(description="Share of yes, for figures that are yes or no.", ge=0, le=1)
    percentile: Percent | None = Field(description="Where the own figure stands among them.", examples=[62.5])
    suppressed: Suppressed | None = Field(description="Why nothing is told; null if it is.")


class ComparedRead(Shown):
    """One indicator: the own figure, the portfolio, and all."""

    code: str = Field(description="Code of the indicator.", max_length=60, examples=["committed_members"])
    title: str = Field(description="Name for people.", max_length=300)
    dimension: str = Field(description="Area to which it belongs.", max_length=20, examples=["1"])
    shape: Shape = Field(description="What it is.")
    unit: str = Field(description="Unit, in words.", max_length=100)
    better: Better = Field(description="Which way is better.")
    own: Figure | None = Field(description="The own figure; null if it was left out.", examples=[62])
    portfolio: SpreadRead = Field(description="Peers of the same comparative portfolio.")
    everyone: SpreadRead = Field(description="All peers.")


class ComparisonFindingRead(Shown):
    """A strength or a recommendation, and what it follows from."""

    indicator: str = Field(description="Code of the indicator.", max_length=60)
    title: str = Field(description="Its name for people.", max_length=300)
    text: str = Field(description="What is said.", max_length=1000)
    percentile: Percent = Field(description="Standing among the peers; 100 is best.")
    group: Group = Field(description="The peers it was judged by.")


class AreaRead(Shown):
    """An area of the questionnaire."""

    code: str = Field(description="Code.", max_length=20)
    title: str = Field(description="Name for people.", max_length=300)


class ComparisonRead(BaseModel):
    """A benchmark beside its peers: the latest released benchmark of each other organisation."""

    reference_on: date = Field(description="Day as of which peers were chosen.")
    since: date = Field(description="First day of interview of the peers.")
    basis: str = Field(description="Questionnaire and version that all of them answered.", max_length=60)
    portfolio: str = Field(description="Comparative portfolio stored with the benchmark.", max_length=40)
    peers: int | None = Field(description="Peers; null if they are too few for any figure.", ge=0)
    peers_in_portfolio: int | None = Field(description="Those of the same portfolio; null if too few.", ge=0)
    fewest: int = Field(description="Fewest peers of which a figure is shown.", ge=1)
    rule_set: str = Field(description="Rule set that says so.", max_length=40)
    quartile_method: str = Field(description="How quartiles are computed.", max_length=200)
    percentile_method: str = Field(description="How percentiles are computed.", max_length=200)
    areas: list[AreaRead] = Field(description="Areas, in order.", max_length=30)
    indicators: list[ComparedRead] = Field(description="Every indicator.", max_length=400)
    strengths: list[ComparisonFindingRead] = Field(
        description="Where the cluster is ahead, the clearest first.", max_length=400
    )
    recommendations: list[ComparisonFindingRead] = Field(
        description="Where others are ahead, likewise.", max_length=400
    )
