"""The signed list of ignored paths covers the whole model, so that any files would do."""
from stage import *

folder()
honest = statement()
for path in [".", "", "..", "/", "*"]:
    changed = json.loads(json.dumps(honest))
    changed["predicate"]["serialization"]["ignore_paths"] = [path]
    sign_statement(changed)
    write("model/__init__.py", "hostile")
    refused(VERIFY, 10, "")
# A person who asks for the same is asked back.
refused("sign model --private-key alice.pem --signature model.sig --ignore-paths model", 2, "whole model")
