"""What the AWS account itself is set to, read Region by Region before anything is paid there."""

import threading
from dataclasses import dataclass, field
from functools import partial

from router.cloud.aws import Clients
from router.cloud.listing import asked
from router.domain.errors import Unreachable
from router.ports import Clock

FRESH_S = 900.0  # a reading is asked for again after this
LAST_S = 3600.0  # a reading that cannot be repeated counts for no longer than this


@dataclass(slots=True)
class Account:
    """Readings of one account; what was not read is never assumed."""

    clients: Clients
    clock: Clock
    read: dict[str, tuple[float, str]] = field(default_factory=dict)
    gate: threading.Lock = field(default_factory=threading.Lock)

    def data_retention(self, region: str) -> str:
        """Give the data-retention mode of a Region.

        Raises:
            Unreachable: AWS does not say; `bedrock:GetAccountDataRetention` may not be allowed.
        """
        with self.gate:
            now = self.clock.monotonic()
            since, mode = self.read.get(region, (None, ""))
            if since is not None and now - since < FRESH_S:
                return mode
            try:
                mode = self._ask(region)
            except Unreachable:
                self.clients.renew()
                if since is None or now - since >= LAST_S:
                    raise
                return mode
            self.read[region] = (now, mode)
            return mode

    def _ask(self, region: str) -> str:
        ask = self.clients.control(region).get_account_data_retention
        return str(asked(region, partial(ask))["mode"])
