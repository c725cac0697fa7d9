"""Where a scene plays."""

from router.emulator.painter.canvas import Canvas
from router.emulator.painter.hours import Hour
from router.emulator.painter.land import paint_forest, paint_hills, paint_sea
from router.emulator.painter.room import paint_room
from router.emulator.painter.street import paint_street
from router.emulator.painter.words import Reading


def paint_place(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    """Paint the background.

    Returns:
        where people may stand, from here down: a share of the height.
    """
    if reading.place == "street":
        return paint_street(canvas, hour, reading)
    open_air = {"interior": paint_room, "sea": paint_sea, "forest": paint_forest}
    return open_air.get(reading.place, paint_hills)(canvas, hour)
