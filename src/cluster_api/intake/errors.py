"""The reason a single row is refused."""


class RowRefused(Exception):  # noqa: N818 - names state the fact, without a suffix
    """One row contradicts itself or the record; the rows around it go on."""

    def __init__(self, place: str, code: str, sentence: str) -> None:
        """Name the field (empty for the whole row), a short code, and a sentence that says what to do."""
        super().__init__(sentence)
        self.place = place
        self.code = code
        self.sentence = sentence
