"""One name stands twice in a statement, with two digests: readers would disagree which one counts."""
from stage import *

folder()
changed = statement()
resources = changed["predicate"]["resources"]
resources.append({**resources[0], "digest": hashlib.sha256(b"hostile").hexdigest()})
sign_statement(changed)
refused(VERIFY, 10, "two resources have the name")
