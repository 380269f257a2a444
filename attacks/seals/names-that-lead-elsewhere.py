"""Alice's key signs names that lead out of the model: `..`, an absolute name, an empty one. They are
refused when they are read, before the disk is touched."""
from stage import *

folder()
write("outside.bin", "outside")
honest = statement()
for name in ["../outside.bin", "/etc/passwd", "a/../../outside.bin", "./config.json", ""]:
    changed = json.loads(json.dumps(honest))
    changed["predicate"]["resources"][0]["name"] = name
    sign_statement(changed)
    refused(VERIFY + " --ignore-unsigned-files", 10, "name")
