"""What can go wrong with figures."""

from cluster_api.foundation.errors import Invalid, NotFound


class YearNotOver(Invalid):
    """The year is not over.

    Figures of benchmarks are those of the end of a year: what changes from day to day could tell of single clusters.
    """


class QuestionnaireNotInForce(NotFound):
    """No such questionnaire was in force at the end of the year.

    `/v1/methodologies?kind=questionnaire` lists them with the days from which they apply.
    """
