"""What each measured number is called, and what it means in a sentence, for a producer."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "id_ref": (
        "Likeness to the reference",
        "Median similarity of the face to the character's references; 0.5 is the usual limit "
        "between the same and another person. Diagnostic: it may doubt a take, never fail it.",
    ),
    "id_worst": (
        "Likeness in the worst frames",
        "Similarity of the face in the worst tenth of the frames: drift shows here first.",
    ),
    "id_coverage": (
        "Frames with a recognisable face",
        "Share of the looked-at frames in which the character's face was found.",
    ),
    "costume_colour": (
        "Costume colour against its reference",
        "Distance between the colours of the costume and of its reference, in CIELAB; about 2 is "
        "invisible, about 6 is plain to see.",
    ),
    "colour_match.w1": (
        "Colour distribution against the target",
        "Distance between all colours of the take and of the picture that it must match; 0 is the "
        "same colours in the same shares. Blind to where they are.",
    ),
    "colour_match.delta_e": (
        "Mean colour against the target",
        "CIEDE2000 difference of the mean colours; 0 is no difference. Blind to content.",
    ),
    "colour_match.stops": ("Exposure against the target", "Difference of mean light; signed."),
    "outside_mask": (
        "Picture changed outside the matte",
        "Share of pixels outside matte and feather that differ by more than 2 code values from "
        "the plate; 0 is untouched.",
    ),
    "outside_mask.max": (
        "Largest change outside the matte",
        "Largest difference of any pixel outside matte and feather, code values.",
    ),
    "spec_checks.passed": (
        "Delivery checks passed",
        "Share of the checks passed: raster, aspect, length, frame rate; black, frozen or doubled "
        "frames.",
    ),
    "tech.blur": (
        "Blur",
        "Perceptual blur, 0 is sharp. Noise reads as sharpness and a soft background as blur: "
        "never read it without noise.",
    ),
    "tech.noise": ("Noise", "Standard deviation of the noise, 8-bit code values."),
    "temporal.flicker": (
        "Flicker",
        "Typical jump of the mean light from frame to frame once slow changes are gone.",
    ),
    "temporal.warp": ("Warp error", "What does not move along with the picture's own motion."),
    "temporal.warp_per_motion": (
        "Warp error for the motion shown",
        "What does not move along with the picture, divided by how much moves.",
    ),
    "temporal.motion": ("Motion", "Mean motion; neither way is better."),
    "id_drift": (
        "Face drift within the take",
        "How far the face strays from itself during the take; 0 is the same face throughout, "
        "and a clip that stands still is not counted.",
    ),
    "id_drift.slope": (
        "Face drift as time passes",
        "Likeness that the face loses from one looked-at frame to the next; above 0 it slowly"
        " becomes another one.",
    ),
    "id_confusion": (
        "Characters mistaken for each other",
        "Share of frames in which a face looks as much like another character of the shot as "
        "like its own.",
    ),
    "id_confusion.extra_faces": (
        "Faces of nobody in the cast",
        "People in an average frame who are none of the shot's characters.",
    ),
    "copy_paste": (
        "Reference pasted into the take",
        "Share of a reference picture that comes back as it was: near 1 it was pasted in, not"
        " played anew.",
    ),
    "costume_texture": (
        "Costume weave and cut",
        "Likeness of the costume's weave and cut to its reference, whatever the colour; only "
        "for takes of one pose and light, because another fold lowers it too.",
    ),
    "prop_match": (
        "Props found",
        "How surely the shot's props are found in the picture; a prop that shows another side"
        " may go unseen.",
    ),
    "ref_embed": (
        "Subject's looks against the reference",
        "Likeness of a creature, an object or a drawn figure to its references; blind to "
        "colour, so read it beside the subject's colour.",
    ),
    "ref_embed.dino": (
        "Subject's looks, second opinion",
        "The same likeness as seen by another network; blind to colour as well.",
    ),
    "subject_colour": (
        "Subject's colour against the reference",
        "Distance between the subject's colours and those of its nearest reference; 0 is the "
        "same colours.",
    ),
    "subject_colour.turn": (
        "Subject dyed another colour",
        "How much nearer the subject's colours would come if its dye were turned back; large "
        "means recoloured, small means other light.",
    ),
    "edge_width": (
        "Softness of the sharpest edges",
        "How many pixels the sharpest edges take from dark to light; about 3 is crisp, grain "
        "does not hide it.",
    ),
    "colour_match.wb_a": (
        "Green or magenta against the target",
        "How much more magenta (above 0) or green (below) the take is than the picture that "
        "it must match.",
    ),
    "colour_match.wb_b": (
        "Warm or cold against the target",
        "How much warmer (above 0) or colder (below) the take is than the picture that it "
        "must match.",
    ),
    "colour_match.contrast": (
        "Contrast against the target",
        "How much more contrast (above 0) or less (below) the take has than the picture that "
        "it must match.",
    ),
    "plate_structure": (
        "What stands in the plate is still there",
        "Likeness of shapes and places to the plate once the take is laid onto it; 1 is "
        "unchanged, and colour does not count.",
    ),
    "plate_structure.inliers": (
        "How surely the take was laid onto the plate",
        "Share of the details found in both pictures that agree on where the plate lies in "
        "the take.",
    ),
    "plate_structure.shift": (
        "Framing moved against the plate",
        "How far the corners of the picture moved away from the plate's, in percent of its width.",
    ),
    "framing": (
        "Shot size against the order",
        "Steps between the shot size that is shown and the one asked for, such as a close-up "
        "for a medium shot; 0 is as asked.",
    ),
    "framing.offset": (
        "Place in the frame against the order",
        "How far the subject stands from the asked place, in percent of the picture's width.",
    ),
    "framing.headroom": (
        "Headroom",
        "Free height above the face, as a share of the picture; neither way is better.",
    ),
    "camera_move": (
        "Camera move as ordered",
        "Whether the camera moves as the shot asks: 1 it does, 0 it does another move.",
    ),
    "camera_move.pan": (
        "Camera pan",
        "How fast the camera turns to the right (above 0) or left (below), in percent of the "
        "width per second.",
    ),
    "camera_move.tilt": (
        "Camera tilt",
        "How fast the camera turns up (above 0) or down (below), in percent of the width per "
        "second.",
    ),
    "camera_move.zoom": (
        "Camera closer or farther",
        "How fast the picture comes closer (above 0) or goes away (below), in percent per second.",
    ),
    "camera_move.roll": (
        "Camera roll",
        "How fast the camera rolls clockwise (above 0) or the other way (below), in degrees "
        "per second.",
    ),
    "camera_move.jitter": (
        "Camera shake",
        "What is left of the camera's path once its smooth move is taken away, in percent of "
        "the width.",
    ),
    "inside_mask": (
        "Picture changed inside the matte",
        "Share of the matte that an edit changed; 0 is untouched, and neither way is better "
        "by itself.",
    ),
    "removal.left": (
        "Left of what had to go",
        "Share of what stood inside the matte on the plate that is still seen; 0 is gone, 1 is "
        "untouched. Where the matte marks a costume, it has to stay.",
    ),
    "inside_mask.flicker": (
        "Unrest inside the matte",
        "How much more the repaired area flickers than it should; above 0 it was probably "
        "made picture by picture.",
    ),
    "seam.grain": (
        "Grain across the seam",
        "Grain inside the matte less the grain just outside; 0 is a match, below 0 the inside"
        " is too clean.",
    ),
    "seam.sharpness": (
        "Sharpness across the seam",
        "Sharpness inside the matte less the sharpness just outside; 0 is a match, below 0 "
        "the inside is softer.",
    ),
    "seam.black": (
        "Blacks across the seam",
        "The deepest dark inside the matte less the one just outside; 0 is a match.",
    ),
    "seam.colour": (
        "Colour across the seam",
        "Colour difference between the two sides of the matte's edge; read it against the "
        "plate's own, because different things may meet there.",
    ),
    "seam.flicker": (
        "Light that wavers across the seam",
        "How much the brightness of the two sides drifts apart from frame to frame; 0 is steady.",
    ),
    "prompt_align": (
        "What the shot asks for, seen by judges",
        "Share of yes to a checklist of the shot's own words, asked of language models: an "
        "opinion, which may doubt a take and never fail it.",
    ),
    "judge_line": (
        "The line, seen by judges",
        "Share of yes of language models to a line that nothing here measures: an opinion, "
        "which may doubt a take and never fail it.",
    ),
    "tech.clipped_low": ("Shadows without detail", "Share of the picture that is pure black."),
    "tech.clipped_high": ("Highlights without detail", "Share of the picture that is pure white."),
    "tech.blockiness": (
        "Coding blocks",
        "How much the grid of the video coding shows; 0 is not at all.",
    ),
    "tech.banding": (
        "Banding",
        "Share of the picture that lies in visible steps of what should be a smooth ramp.",
    ),
    "xshot_id": (
        "Same face from shot to shot",
        "Likeness of the character's face between every two shots of the sequence; shots with"
        " a wrong face are left out first.",
    ),
    "xshot_id.slope": (
        "Face drift along the sequence",
        "Likeness that the face gains or loses as shots lie farther apart; below 0 it drifts.",
    ),
    "xshot_id.gated_out": (
        "Shots left out for a wrong face",
        "Share of the shots that do not show the character well enough to be compared with "
        "the others.",
    ),
    "xshot_look": (
        "Same costume colours from shot to shot",
        "Distance between the costume's colours in every two shots; other light counts too.",
    ),
    "xshot_look.slope": (
        "Costume colour drift along the sequence",
        "Colour distance that is added as shots lie farther apart; above 0 it drifts.",
    ),
    "xshot_look.texture": (
        "Same costume weave and cut from shot to shot",
        "Likeness of the costume's weave and cut between every two shots, whatever the "
        "colour; another pose lowers it too.",
    ),
    "xshot_look.gated_out": (
        "Shots left out of the costume's comparison",
        "Share of the shots that do not show the character well enough to be compared with "
        "the others.",
    ),
    "id_ref.learned": (
        "Likeness to the reference, second network",
        "Likeness of the face as seen by another network, on its own scale; never compare it "
        "with the other likeness.",
    ),
    "subject_shape": (
        "Subject's shape against the reference",
        "How far the details of the subject lie from where its references have them; 0 is the same "
        "shape, more is bent.",
    ),
}
