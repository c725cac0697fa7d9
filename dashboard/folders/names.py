"""What lies in a request's folder, and what each thing is called.

INBOX/NAME/request.json     what is asked (see `ask.py`); pictures and packs lie beside it
INBOX/NAME/ready            written last: nothing is looked at before it is there
INBOX/NAME/state.json       how it stands, in words and in numbers
INBOX/NAME/error.json       what is to be mended; `ready` is then renamed to `not_ready`
INBOX/NAME/takes/           the takes, each whole or absent
INBOX/NAME/answers.json     what each take is: shot, colour space, decision, verdicts
INBOX/NAME/verdicts.json    as `circletake verdicts --json`
INBOX/NAME/refresh          asks for answers anew: somebody circled a take meanwhile
INBOX/NAME/.circletake.json a mark, by which the watcher knows the folder again

What was sent, so that nothing is sent twice, stands in the watcher's own state (see `journal.py`).
"""

SCHEMA = "circletake-folder/1"
REQUEST = "request.json"
READY, NOT_READY, REFRESH = "ready", "not_ready", "refresh"
STATE, ERROR, ANSWERS, VERDICTS = "state.json", "error.json", "answers.json", "verdicts.json"
TAKES = "takes"
MARK = ".circletake.json"
LOCK = ".circletake.lock"
PACK = "shotpack.yaml"
