"""A caller listens to a bounded number of streams, and gets a place back when one ends."""

import anyio
import pytest

from router.api.events import MOST, Pace, Streams, TooManyStreams, Watched


def watched(listener="ada"):
    return Watched(
        listener=listener,
        look=lambda: {"state": "running"},
        is_over=lambda _state: False,
        may_listen=lambda: None,
    )


def test_nobody_listens_to_more_streams_than_one_may():
    streams = Streams(pace=Pace(look_s=0.001))

    async def listen():
        heard = [streams.tell(watched(), None).body_iterator for _ in range(MOST)]
        for stream in heard:
            assert "progress" in await anext(stream)
        with pytest.raises(TooManyStreams) as refused:
            streams.tell(watched(), None)
        assert (refused.value.http_status, refused.value.retry_after_s) == (429, 15)
        streams.tell(watched("ben"), None)  # somebody else's are not counted
        await heard[0].aclose()
        streams.tell(watched(), None)
        for stream in heard[1:]:
            await stream.aclose()

    anyio.run(listen)
