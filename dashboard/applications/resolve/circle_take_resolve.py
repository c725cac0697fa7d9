"""Circle Take in DaVinci Resolve: a cut with circled takes comes in, markers go back as notes.

From Workspace > Scripts it asks for a folder; from a shell, with Resolve open:

    python circle_take_resolve.py bring FOLDER
    python circle_take_resolve.py notes CAMPAIGN --by NAME

FOLDER is what `circletake timeline export` wrote, or a request's folder with answers.json.
"""

import os
import sys

import circle_take_link as link

CUTS = (".otio", ".xml", ".edl")  # the first that is there: .otio has every take
MARK = "circletake:"  # before the take in a marker's custom data, so that it finds its way back
CIRCLED, OTHER = "Green", "Sand"
SEVERITIES = {"Red": "blocker", "Pink": "major", "Yellow": "minor"}
SRGB = "sRGB"  # what Resolve calls an 8-bit picture for a display


def bring(resolve, folder):
    """Import a cut, or the takes of a request; gives words on what was done."""
    project = _project(resolve)
    if os.path.exists(os.path.join(folder, "answers.json")):
        return bring_takes(project, folder)
    cuts = sorted(
        (name for name in os.listdir(folder) if os.path.splitext(name)[1] in CUTS),
        key=lambda name: (CUTS.index(os.path.splitext(name)[1]), name),
    )
    if not cuts:
        raise link.Trouble("{} holds no cut: {}".format(folder, " ".join(CUTS)))
    media = os.path.join(folder, "media")
    options = {"importSourceClips": True}
    if os.path.isdir(media):
        options["sourceClipsPath"] = media
    for name in cuts:
        path = os.path.abspath(os.path.join(folder, name))
        timeline = project.GetMediaPool().ImportTimelineFromFile(path, options)
        if timeline:
            return "{} is in the media pool as {}".format(name, timeline.GetName())
    raise link.Trouble("Resolve takes none of {}".format(", ".join(cuts)))


def bring_takes(project, folder):
    """Import the takes of a request: each with its words, circled ones green."""
    rows = link.takes(folder)
    pool = project.GetMediaPool()
    lost = []
    for row in rows:
        clips = pool.ImportMedia([row["path"]]) or []
        if not clips:
            lost.append(os.path.basename(row["path"]))
            continue
        clip = clips[0]
        clip.SetMetadata("Shot", row["shot"])
        clip.SetMetadata("Take", str(row["number"]))
        clip.SetMetadata("Comments", _words(row))
        if row["encoding"] == "display":
            clip.SetClipProperty("Input Color Space", SRGB)
        elif row["colour_space"]:
            clip.SetClipProperty("Input Color Space", row["colour_space"])
        colour = CIRCLED if row["circled"] else OTHER
        clip.AddMarker(0, colour, row["shot"], _words(row), 1, MARK + row["take"])
    said = "{} takes are in the media pool".format(len(rows) - len(lost))
    return said + ("; not taken: {}".format(", ".join(lost)) if lost else "")


def notes(resolve, service, campaign, by, role="editor"):
    """Send the markers of the open timeline as notes in a person's own words; gives how many.

    A marker of ours says which take it is about; any other one is about the take whose clip lies
    under it, where that clip bears a marker of ours. Sent again, the same words are the same note.
    """
    timeline = _project(resolve).GetCurrentTimeline()
    if timeline is None:
        raise link.Trouble("no timeline is open")
    sent = 0
    for frame, marker in sorted((timeline.GetMarkers() or {}).items()):
        text = " ".join(part for part in (marker["name"], marker["note"]) if part).strip()
        if not text:
            continue
        take = _take_of(marker) or _under(timeline, frame)
        service.observe(
            campaign,
            "frame {}: {}".format(int(frame), text),
            role,
            by=by,
            takes=[take] if take else [],
            severity=SEVERITIES.get(marker["color"], "note"),
        )
        sent += 1
    return sent


def _take_of(marker):
    data = marker.get("customData") or ""
    return data[len(MARK) :] if data.startswith(MARK) else None


def _under(timeline, frame):
    """Find the take under a marker; the topmost track wins. Markers count from the cut's start."""
    place = timeline.GetStartFrame() + frame
    for track in range(timeline.GetTrackCount("video"), 0, -1):
        for item in timeline.GetItemListInTrack("video", track) or []:
            if item.GetStart() <= place < item.GetEnd():
                clip = item.GetMediaPoolItem()
                marks = (clip.GetMarkers() or {}).values() if clip else ()
                found = [take for take in map(_take_of, marks) if take]
                if found:
                    return found[0]
    return None


def _words(row):
    said = "{recipe} take {number}, {model}".format(**row)
    said += ", simulated" if row["simulated"] else ""
    if row["circled"]:
        said += ", circled by {}".format(row["decision"]["by"])
    failed = [str(one["line"]) for one in row["lines"] if one["verdict"] == "fail"]
    return said + (", failed lines {}".format(", ".join(failed)) if failed else "")


def _project(resolve):
    project = resolve.GetProjectManager().GetCurrentProject()
    if project is None:
        raise link.Trouble("no project is open")
    return project


def _resolve():
    try:
        import DaVinciResolveScript
    except ImportError:
        raise link.Trouble(
            "no DaVinciResolveScript: set PYTHONPATH as Resolve's scripting README says"
        ) from None
    found = DaVinciResolveScript.scriptapp("Resolve")
    if found is None:
        raise link.Trouble("Resolve is not open, or does not allow scripts")
    return found


def main(words, resolve=None, service=None):
    """Do one of the two."""
    try:
        if len(words) == 2 and words[0] == "bring":
            said = bring(resolve or _resolve(), words[1])
        elif len(words) == 4 and words[0] == "notes" and words[2] == "--by":
            sent = notes(resolve or _resolve(), service or link.Service(), words[1], words[3])
            said = "{} markers sent as notes".format(sent)
        else:
            sys.stderr.write("{}\n".format(__doc__))
            return 2
    except link.Trouble as trouble:
        sys.stderr.write("{}\n".format(trouble))
        return 1
    sys.stdout.write(said + "\n")
    return 0


if __name__ == "__main__":
    if "fusion" in globals():  # from Resolve's own menu: it gives `fusion` and `resolve`
        asked = globals()["fusion"].RequestDir("")
        if asked:
            print(bring(globals()["resolve"], asked))
    else:
        sys.exit(main(sys.argv[1:]))
