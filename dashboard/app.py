"""The screens, joined: run by Streamlit, see `dashboard.launch`."""

import argparse
import sys
from functools import partial

import streamlit as st

from dashboard.frame import framed
from dashboard.screens import overview, report, takes

SCREENS = (
    ("Overview", overview.render, "overview"),
    ("Takes", takes.render, "takes"),
    ("Report", report.render, "report"),
)


def main() -> None:
    """Draw the chosen screen."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--server", default="http://127.0.0.1:8400")
    server = asked.parse_known_args(sys.argv[1:])[0].server
    st.set_page_config(page_title="Circle Take", layout="wide")
    pages = []
    for i, (title, render, path) in enumerate(SCREENS):
        page = partial(framed, title, render, server)
        pages.append(st.Page(page, title=title, url_path=path, default=i == 0))
    st.navigation(pages, position="top").run()


main()
