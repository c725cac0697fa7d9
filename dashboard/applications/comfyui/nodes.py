"""Nodes for ComfyUI: submit, fetch, repair. Pictures: tensors (batch, height, width, 3), 0 to 1."""

import time

from . import link

CATEGORY = "Circle Take"
TASKS = ["inpaint_cleanup", "erase", "upscale", "relight_colour_match", "style_transfer"]
WORDS = ("STRING", {"default": "", "multiline": True})
ENDED = ("done", "ended_badly", "bad")
LOOK_S = 1.0


def _line(default):
    return ("STRING", {"default": default})


class CircleTakeSubmit:
    """Drop a picture (and a matte) into the inbox that `circletake folder watch` looks into."""

    CATEGORY = CATEGORY
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("request",)
    FUNCTION = "submit"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        """Say what it takes."""
        return {
            "required": {
                "plate": ("IMAGE",),
                "inbox": _line(""),
                "partner": _line("my_studio"),
                "owner": _line("Our studio"),
                "inputs_cleared": ("BOOLEAN", {"default": False}),
                "task": (TASKS,),
                "description": WORDS,
                "line": _line("Nothing outside the matte moves"),
                "kind": _line("untouched_region"),
                "budget_usd": ("FLOAT", {"default": 5.0, "min": 0.01, "max": 10000.0}),
                "simulate": ("BOOLEAN", {"default": True}),
            },
            "optional": {"matte": ("MASK",), "style": ("IMAGE",)},
        }

    def submit(self, plate, inbox, matte=None, style=None, **said):
        """Drop it: the same inputs run once, for ComfyUI keeps what a node gave."""
        files = {"plate.png": png(plate[0])}
        shot = {
            "task": said["task"],
            "description": said["description"],
            "plate": "plate.png",
            "lines": [{"criterion": said["line"], "kind": said["kind"], "must": True}],
            "rights": {"owner": said["owner"], "inputs_cleared": said["inputs_cleared"]},
        }
        if matte is not None:
            if tuple(matte.shape[-2:]) != tuple(plate.shape[1:3]):
                raise link.Trouble("matte and plate differ in size")
            files["matte.png"], shot["matte"] = (
                png(matte[0] if matte.ndim == 3 else matte),
                ("matte.png"),
            )
        if style is not None:
            files["style.png"], shot["style"] = png(style[0]), "style.png"
        request = {
            "partner": said["partner"],
            "budget_usd": round(said["budget_usd"], 2),
            "simulate": said["simulate"],
            "application": "ComfyUI",
            "shot": shot,
        }
        return (link.drop(inbox, "comfyui", request, files),)


class CircleTakeFetch:
    """Wait for a request's takes, and give them as one batch; the batch has one size."""

    CATEGORY = CATEGORY
    RETURN_TYPES = ("IMAGE", "STRING")
    RETURN_NAMES = ("takes", "take_ids")
    FUNCTION = "fetch"

    @classmethod
    def INPUT_TYPES(cls):
        """Say what it takes."""
        return {
            "required": {
                "request": _line(""),
                "circled_only": ("BOOLEAN", {"default": False}),
                "wait_s": ("INT", {"default": 600, "min": 0, "max": 86400}),
            }
        }

    @classmethod
    def IS_CHANGED(cls, request, circled_only, wait_s):
        """Look again each time: somebody may have circled one meanwhile."""
        del request, circled_only, wait_s
        return float("nan")

    def fetch(self, request, circled_only, wait_s):
        """Wait until it ended, then read stills; clips are left in their folder."""
        import torch

        until = time.monotonic() + wait_s
        while link.state(request)["state"] not in ENDED:
            if time.monotonic() >= until:
                raise link.Trouble(link.state(request)["words"])
            time.sleep(LOOK_S)
        found = link.state(request)
        if found["state"] == "bad":
            raise link.Trouble(found["words"])
        rows = [r for r in link.takes(request, circled_only) if r["mime"].startswith("image/")]
        size = {(row["width"], row["height"]) for row in rows}
        if len(size) != 1:
            raise link.Trouble("takes of {} sizes: none, or fetch circled ones".format(len(size)))
        return torch.stack([_tensor(row["path"]) for row in rows]), "\n".join(
            row["take"] for row in rows
        )


class CircleTakeRepair:
    """Ask for a repair of failed lines of a take; asked again, it is the same repair."""

    CATEGORY = CATEGORY
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("request",)
    FUNCTION = "repair"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        """Say what it takes."""
        return {
            "required": {
                "inbox": _line(""),
                "partner": _line("my_studio"),
                "take": _line(""),
                "lines": _line("1"),
                "by": _line(""),
                "budget_usd": ("FLOAT", {"default": 1.0, "min": 0.01, "max": 10000.0}),
                "simulate": ("BOOLEAN", {"default": True}),
            }
        }

    def repair(self, inbox, partner, take, lines, by, budget_usd, simulate):
        """Drop it into the inbox."""
        request = {
            "partner": partner,
            "budget_usd": round(budget_usd, 2),
            "simulate": simulate,
            "application": "ComfyUI",
            "repair": {"take": take.strip(), "lines": [int(n) for n in lines.split()]},
        }
        if by:
            request["by"] = by
        return (link.drop(inbox, "comfyui_repair", request),)


def png(picture):
    """Make the PNG of a tensor: (height, width, 3 or 4), or (height, width) for a matte."""
    grey = picture.ndim == 2
    seen = picture if grey else picture[..., :3]
    coded = (seen.clamp(0, 1) * 255).round().byte().contiguous().cpu().numpy()
    height, width = coded.shape[:2]
    return link.png(width, height, coded.tobytes(), channels=1 if grey else 3)


def _tensor(path):
    import numpy as np
    import torch
    from PIL import Image

    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=np.float32) / 255.0
    return torch.from_numpy(pixels)


NODE_CLASS_MAPPINGS = {
    "CircleTakeSubmit": CircleTakeSubmit,
    "CircleTakeFetch": CircleTakeFetch,
    "CircleTakeRepair": CircleTakeRepair,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "CircleTakeSubmit": "Circle Take: hand in",
    "CircleTakeFetch": "Circle Take: fetch takes",
    "CircleTakeRepair": "Circle Take: repair",
}
