"""Words that stand where a person has yet to write, and tasks that take something out."""

SAY_HERE = "say here what is seen."  # ends the description that an imported cut gives a shot
UNWRITTEN = "unwritten"  # code of a mistake, and of a refusal
REMOVING = ("erase", "inpaint_cleanup")


def is_unwritten(description: str) -> bool:
    """Say whether a shot's description is still the one that an import gave it."""
    return description.rstrip().endswith(SAY_HERE)
