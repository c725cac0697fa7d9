"""The pepper: makes of a key's secret what is kept of it, and stands outside the database."""

from router.domain.errors import BadInput
from router.files import secret_file
from router.settings import Settings

LOST = "every key and session of another pepper is void"


def of(here: Settings, *, several_machines: bool) -> bytes:
    """Give the pepper of an installation; that of a home is made when it is first asked for.

    Raises:
        BadInput: several machines share a database, and no common file is named.
        Broken: the file is missing, too short, or others may read it.
    """
    if here.pepper_file:
        return secret_file.given(here.pepper_file, lost=LOST)
    if several_machines:
        raise BadInput(
            field="CIRCLETAKE_PEPPER_FILE",
            found=None,
            expected=f"a file of {secret_file.BYTES} random bytes, mode 0600, on every machine",
        )
    return secret_file.kept(here.keys / "pepper.key", lost=LOST)
