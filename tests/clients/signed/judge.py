"""Usage: judge.py TOOL FOLDER. Has the tool verify every signed message of a folder, as it is and with one letter changed."""

import pathlib
import sys
import tempfile

import question


def tool(name):
    if name == "xmlsec1":
        import with_xmlsec1

        return lambda text, signer: with_xmlsec1.verify(text, None, signer)
    if name == "signxml":
        import with_signxml

        return lambda text, signer: with_signxml.verify(text, None, signer)
    import with_zeep

    def zeep(text, signer):
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            with_zeep.verified(file.name, signer)

    return zeep


def changed(text):
    """One letter of a value in the body is another; nothing, where the body has none."""
    start = text.rindex(b"Body")  # the end tag
    start = text.rindex(b":Body", 0, start)
    for at in range(start, len(text)):
        if text[at - 1 : at] == b">" and text[at : at + 1].isalnum():
            return text[:at] + (b"x" if text[at : at + 1] != b"x" else b"y") + text[at + 1 :]
    return None


def main(name, folder):
    verify = tool(name)
    right = wrong = noticed = asked = 0
    for file in sorted(pathlib.Path(folder).iterdir()):
        text, signer = file.read_bytes(), file.name.split(".")[1]
        try:
            verify(text, signer)
            right += 1
        except Exception as error:
            wrong += 1
            print(f"{name}: {file.name}: {type(error).__name__}: {str(error)[:300]}")
        other = changed(text)
        if other:
            asked += 1
            try:
                verify(other, signer)
                print(f"{name}: {file.name}: verified with a letter changed")
            except Exception:
                noticed += 1
    print(f"{name}: {right} right, {wrong} wrong; of {asked} changed ones {noticed} noticed")
    sys.exit(0 if right and not wrong and noticed == asked else 1)


main(*sys.argv[1:])
