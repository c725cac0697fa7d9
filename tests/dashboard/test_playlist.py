"""A playlist of approval is a day's work; a season is not read for it."""

import httpx
from streamlit.testing.v1 import AppTest

from dashboard.asking.approval import MOST, playlist
from dashboard.client import Client


def test_the_first_takes_are_asked_for_once_and_how_many_there_are_is_told():
    asked = []

    def answer(request):
        asked.append(request.url.params)
        return httpx.Response(200, json={"takes": [{}] * MOST, "total": 12_800, "next": "more"})

    page = playlist(Client("http://x", httpx.MockTransport(answer)), "c1", "SH1", None)
    assert (len(page["takes"]), page["total"]) == (MOST, 12_800)
    assert [dict(a) for a in asked] == [{"campaign": "c1", "shot": "SH1", "limit": str(MOST)}]


def test_somebody_is_told_how_to_come_to_the_takes_that_are_not_listed():
    def screen():
        from dashboard.screens import approval

        page = {"takes": [{}] * 3, "total": 3, "first": 1, "next": None, "previous": None}

        approval._rest(page | {"total": 12_800})
        approval._rest(page)

    (told,) = AppTest.from_function(screen).run().text
    assert told.value.startswith("These are the first 3 of 12,800 takes. Choose a shot")
