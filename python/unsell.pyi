"""Reads call transcripts and meeting notes and shows where the talk pushes and where it leads.

Everything happens in this process; nothing is sent anywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypeAlias, final

__all__ = ["__version__", "UnsellError", "Engine", "Reports"]

__version__: str

_Path: TypeAlias = str | PathLike[str]
_Lens: TypeAlias = Literal["selling", "leading", "both"]

class UnsellError(ValueError):
    """What was given cannot be read or judged, with the message of the command line."""

@final
class Engine:
    """Reads, judges and scores transcripts, and labels utterances.

    Making one takes a moment; it is then shared, also between threads. No `unsell.toml` is looked for.
    """

    def __new__(
        cls,
        detector: Literal["both", "lexicon", "classifier"] | None = None,
        *,
        lexicon: _Path | Sequence[_Path] | None = None,
        model: _Path | None = None,
        jobs: int | None = None,
    ) -> Engine:
        """An engine.

        :param detector: what finds the behaviours; both, where it is not given
        :param lexicon: rule files and package folders, laid over the built-in rules
        :param model: a model folder, to use instead of the built-in model
        :param jobs: how many threads it may use at once; one for each processor, where it is not given
        """

    def analyze(
        self,
        *,
        text: str | None = None,
        path: _Path | None = None,
        turns: Sequence[Mapping[str, Any]] | None = None,
        roles: dict[str, str] | dict[str, str | None] | None = None,
        lens: _Lens | None = None,
        format: str | None = None,
        redact: bool = False,
        no_text: bool = False,
    ) -> dict[str, Any]:
        """The report on a transcript or note, as `unsell analyze --format json` writes it.

        Its shape is that of docs/report.schema.json.

        :param text: what was said, in any format that is known
        :param path: a file in any format that is known
        :param turns: dicts with `text` and perhaps `speaker`, `role`, `start` and `end`, in seconds
        :param roles: who is who, as in `{"Dana": "seller"}`; a name may be a pattern
        :param lens: who is judged; left to what is read, where it is not given
        :param format: the format of the text or file, whatever it looks like
        :param redact: take out names, addresses and numbers of people
        :param no_text: take out all words and names
        :raises UnsellError: where it cannot be read
        """

    def analyze_many(
        self,
        records: Iterable[Mapping[str, Any]],
        *,
        redact: bool = False,
        no_text: bool = False,
    ) -> Reports:
        """Reports on many records, several at a time, in the order of the records.

        A record is a dict with the arguments of `analyze`, perhaps an `id`, and whatever else is to come back
        in `metadata`. A bad one is answered by a dict with `line`, its number from 1, and `error`. Records are
        taken as answers are asked for, a few ahead.
        """

    def label(self, utterances: Iterable[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Labels utterances, as `unsell label` does: a dict for each, in order.

        An utterance is its text, or a dict with `text` and perhaps `role`, `prev` (what was said just before)
        and `id`. A bad one is answered by a dict with `line`, its number from 1, and `error`.
        """

@final
class Reports(Iterator[dict[str, Any]]):
    """The answers to the records of an iterable, in order, as `Engine.analyze_many` makes them."""

    def __iter__(self) -> Reports: ...
    def __next__(self) -> dict[str, Any]: ...
