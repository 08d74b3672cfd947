// The Python program that evaluates one jsonnet file in a process of its own. It reads its request as JSON on stdin,
// writes the evaluated text to stdout or the error to stderr, and reads no file outside `root`, whatever the path in an
// `import`, `importstr` or `importbin` (links are followed before the comparison). It stands here as text, because
// neither a bundler nor Node's type stripping carries a .py file along.

export const jsonnetProgram = `
import json, os, resource, stat, sys

request = json.load(sys.stdin)
sys.path.insert(0, request["tool"])
import _jsonnet

resource.setrlimit(resource.RLIMIT_CPU, (request["cpuSeconds"], request["cpuSeconds"]))
if sys.platform == "linux":
    resource.setrlimit(resource.RLIMIT_AS, (request["memoryBytes"], request["memoryBytes"]))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

root = request["root"]
inside = root if root.endswith(os.sep) else root + os.sep

def load(base, wanted):
    path = os.path.realpath(os.path.join(base, wanted))
    if not path.startswith(inside):
        raise RuntimeError("outside of " + root)
    try:
        info = os.stat(path)
    except OSError as error:
        raise RuntimeError(error.strerror)
    if not stat.S_ISREG(info.st_mode):
        raise RuntimeError("not a file")
    if info.st_size > request["fileBytes"]:
        raise RuntimeError("larger than %d bytes" % request["fileBytes"])
    with open(path, "rb") as opened:
        return path, opened.read()

try:
    text = _jsonnet.evaluate_snippet(request["file"], request["text"], import_callback=load, max_stack=request["stack"])
except RuntimeError as error:
    sys.stderr.write(str(error))
    sys.exit(3)
sys.stdout.buffer.write(text.encode("utf-8"))
`
