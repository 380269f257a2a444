"""An entry's name leads out of the folder into which it would be unpacked. A package has five names,
and no others."""
from stage import *

package()
honest = entries()
for name in ["../pwned", "/tmp/pwned", "a/../../pwned"]:
    repack([(name, b"hostile"), *honest[1:]])
    refused(VERIFY_PACKAGE, 10, "entry 0 is")
