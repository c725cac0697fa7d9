"""The screens, joined: run by Streamlit, see `dashboard.launch`.

A screen is one file in `screens/` and one row here: section, title, address, what draws it, one
sentence about it, and the scope without which it is not shown (`menu.SUBMIT`, …; none = all).
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import frame, menu
from dashboard.menu import Screen
from dashboard.screens import (
    admin,
    approval,
    blind,
    compare,
    comparison,
    cost,
    overview,
    partner,
    progress,
    report,
    sheet,
    submit,
    take,
    takes,
    trust,
)

WIDE = 210  # of the menu, in pixels: the pictures need the rest
ICON = str(Path(__file__).parent / "icon.png")  # an icon by name is fetched from elsewhere
SCREENS = (
    Screen("Beta", "Overview", "overview", overview.render, "The answer so far, and what is due."),
    Screen("Beta", "Progress", "progress", progress.render, "What runs, what waits, what to do."),
    Screen(
        "Shots",
        "Submit",
        "submit",
        submit.render,
        "Hand in shots, see the plan with its cost, send it.",
        menu.SUBMIT,
    ),
    Screen("Shots", "Takes", "takes", takes.render, "All takes, filtered; each with everything."),
    Screen("Shots", "Take", "take", take.render, "One take with everything about it."),
    Screen(
        "Shots",
        "Acceptance sheet",
        "sheet",
        sheet.render,
        "Every shot against its lines, with evidence; overrule, repair.",
    ),
    Screen("Shots", "Approval", "approval", approval.render, "Circle, approve, change, reject."),
    Screen("Shots", "Compare", "compare", compare.render, "Two takes of a shot, frame by frame."),
    Screen(
        "Research", "Blind review", "blind", blind.render, "Vote on pairs, unnamed.", menu.SUBMIT
    ),
    Screen("Report", "Comparison", "comparison", comparison.render, "Which recipe is better."),
    Screen("Report", "Trust", "trust", trust.render, "How far to trust each metric."),
    Screen("Report", "Cost and speed", "cost", cost.render, "Money, waiting, refusals, savings."),
    Screen("Report", "Partner page", "partner", partner.render, "A studio's own; sign and answer."),
    Screen("Report", "Report builder", "report", report.render, "Freeze what is known into files."),
    Screen("Admin", "Admin", "admin", admin.render, "Studios, keys, people, records.", menu.MANAGE),
)


def main() -> None:
    """Draw the menu and the chosen screen."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--server", default="http://127.0.0.1:8400")
    server = asked.parse_known_args(sys.argv[1:])[0].server
    st.set_page_config(
        page_title="Circle Take",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=WIDE,
    )
    visit = frame.visit(server)
    pages = {s.path: _page(s, visit, first=s is SCREENS[0]) for s in SCREENS}
    st.session_state[frame.PAGES] = pages
    grouped = menu.sections(SCREENS).items()
    listed = {section: [pages[s.path] for s in rows] for section, rows in grouped}
    chosen = st.navigation(listed, position="sidebar", expanded=True)
    frame.signature(visit)
    chosen.run()


def _page(screen: Screen, visit: frame.Visit, *, first: bool) -> st.Page:
    """Make a page; one that somebody may not use keeps its address, and says so there."""
    return st.Page(
        partial(frame.shown, screen.title, screen.render, visit, screen.needs),
        title=screen.title,
        url_path=screen.path,
        help=screen.about,
        default=first,
        visibility="visible" if menu.shown_to(visit.scopes, screen) else "hidden",
    )


main()
