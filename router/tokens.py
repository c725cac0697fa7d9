"""How many tokens a text may have, without the tokeniser of the provider: never too few.

Tokenisers differ and some are not published. What is counted here is an upper bound for the usual
families of English-trained byte-pair and unigram vocabularies: four letters at least make one
token, digits and marks count one each, anything else a token for each UTF-8 byte.
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
