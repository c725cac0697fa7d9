"""Tasks of a shot pack → operations of the catalogue: `tasks.yaml`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from router.domain.errors import UnknownName
from router.domain.mistake import BadFile
from router.files.form import filled
from router.files.yaml_file import read
from router.operations import OPERATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Which operations can serve which task."""

    by_name: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Every task, in the order of the file."""
        return tuple(self.by_name)

    def operations(self, task: str) -> tuple[str, ...]:
        """Give the operations that can serve a task; raises UnknownName."""
        if task not in self.by_name:
            raise UnknownName("task", task, self.by_name)
        return self.by_name[task]

    def served_by(self, operations: Collection[str]) -> tuple[str, ...]:
        """Give the tasks that a model with these operations can serve."""
        return tuple(t for t, known in self.by_name.items() if set(known) & set(operations))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_: Literal["tasks/1"] = Field(alias="schema")
    tasks: dict[str, list[str]] = Field(min_length=1)


def load(path: Path | None = None) -> Tasks:
    """Read the mapping.

    Raises:
        BadFile: with every mistake, each with its line.
    """
    document = read(path or Path(__file__).with_name("tasks.yaml"))
    parsed = filled(_File, document, document.data)
    mistakes = [
        document.mistake(
            f"tasks.{task}[{i}]",
            found=operation,
            expected=f"one of: {', '.join(OPERATIONS)}",
            code="unknown",
        )
        for task, operations in parsed.tasks.items()
        for i, operation in enumerate(operations)
        if operation not in OPERATIONS
    ]
    if mistakes:
        raise BadFile(mistakes)
    return Tasks(by_name={task: tuple(known) for task, known in parsed.tasks.items()})
