"""Reloads to files that say nothing."""

import os

from harness.daemon import Daemon
from harness.table import attack


@attack("reloads to files that are empty, comments, no YAML, gone, a directory, a FIFO", seconds=60)
def reloads_to_nothing(run):
    wrong = []
    texts = {
        "empty": "",
        "comments": "# nothing\n# here\n",
        "a document marker": "---\n",
        "null": "~\n",
        "a list": "[]\n",
        "no YAML": "{{{{\n",
        "an empty mapping": "{}\n",
        "blanks": "\n\n   \n",
        "no UTF-8": None,
        "gone": None,
        "a directory": None,
        "a FIFO": None,
    }
    for number, (name, text) in enumerate(texts.items()):
        daemon = Daemon(run, "timeouts: {drain: 1s}\nroutes:\n  - {path: /healthz, text: ok}\n", f"{number}.yaml")
        if text is not None:
            daemon.file.write_text(text)
        elif name == "no UTF-8":
            daemon.file.write_bytes(b"\xff\xfe\x00")
        else:
            daemon.file.unlink()
            if name == "a directory":
                daemon.file.mkdir()
            if name == "a FIFO":
                os.mkfifo(daemon.file)
        ended = daemon.reload(None, 5)
        if not ended or daemon.ports() != [daemon.port] or not daemon.is_well():
            wrong.append(f"{name}: reload ended {ended}, ports {daemon.ports()} for {daemon.port}, healthz {daemon.is_well()}")
        status, seconds = daemon.terminate(4)
        if status is None:
            wrong.append(f"{name}: deaf to TERM")
    run.none("refused, and what was served is served", wrong, len(texts))
