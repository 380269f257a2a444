"""Whatever lies in `.git` is left out by default, as the specification says; so it is said, and
`--require-full-coverage` refuses it."""
from stage import *

folder()
write("model/.git/hooks/post-checkout", "touch pwned")
refused(VERIFY + " --require-full-coverage", 10, ".git")
