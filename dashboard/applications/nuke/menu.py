"""The menu `Circle Take`; Nuke runs this file from every folder of NUKE_PATH."""

import nuke

menu = nuke.menu("Nuke").addMenu("Circle Take")
menu.addCommand("Paste circled takes", "import circle_take_nuke; circle_take_nuke.paste(True)")
menu.addCommand("Paste all takes", "import circle_take_nuke; circle_take_nuke.paste(False)")
menu.addCommand("Hand selected plate in", "import circle_take_nuke; circle_take_nuke.submit()")
