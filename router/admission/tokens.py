"""How many tokens a text may have, without the tokeniser of the provider: on the high side.

Tokenisers differ and some are not published. What is counted here errs upwards for English prose:
four letters of a word make one token at least, digits and marks count one each, anything else a
token for each UTF-8 byte. A text of invented short words may still have more.
"""

import re

_PIECES = re.compile(r"[A-Za-z]+|\s+|.", re.DOTALL)
LETTERS = 4  # of a word, that make one token at least


def most_tokens(text: str) -> int:
    """Give the most tokens that a text may have."""
    return sum(map(_most, _PIECES.findall(text)))


def _most(piece: str) -> int:
    if piece[0].isspace():
        return piece.count("\n")
    if piece[0].isascii() and piece[0].isalpha():
        return -(-len(piece) // LETTERS)
    return len(piece.encode(errors="replace"))
