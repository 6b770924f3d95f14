"""Our canonicaliser behind a pipe, and where elements begin in a text."""

import pathlib
import subprocess
import tempfile
from xml.parsers import expat


def starts(data):
    """The bytes at which the start tags are, in the order of the document."""
    found, parser = [], expat.ParserCreate()
    parser.StartElementHandler = lambda *_: found.append(parser.CurrentByteIndex)
    parser.Parse(data, True)
    return found


class Ours:
    """Tasks for the example `canonical`, all answered at once."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory()
        self.tasks = []

    def kept(self, data, suffix=""):
        path = pathlib.Path(self.folder.name) / f"{len(list(self.tasks))}.{id(data)}{suffix}"
        path.write_bytes(data)
        return str(path)

    def form(self, file, at, comments, prefixes):
        """Wants a canonical form; the answer is the number of the task."""
        out = pathlib.Path(self.folder.name) / f"{len(self.tasks)}.out"
        self.tasks.append(["form", file, str(at), "comments" if comments else "plain", " ".join(prefixes), str(out)])
        return len(self.tasks) - 1

    def signed(self, certificate, message, signature):
        files = [self.kept(data, f".{name}") for name, data in (("c", certificate), ("m", message), ("s", signature))]
        self.tasks.append(["signed", *files])
        return len(self.tasks) - 1

    def answers(self):
        """For every task its bytes (of a form) or b"" (of a right signature), or the words of a refusal."""
        lines = "".join("\t".join(task) + "\n" for task in self.tasks)
        done = subprocess.run([self.binary], input=lines.encode(), capture_output=True, check=True)
        said = done.stdout.decode().splitlines()
        assert len(said) == len(self.tasks), done.stderr.decode()
        answers = []
        for task, words in zip(self.tasks, said):
            if words != "ok":
                answers.append(words)
            else:
                answers.append(pathlib.Path(task[-1]).read_bytes() if task[0] == "form" else b"")
        self.tasks = []
        return answers
