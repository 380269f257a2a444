"""Two entries of one name, one of them in the place of another file: one program reads the first,
another one the last."""
from stage import *

package()
honest = entries()
repack([honest[0], honest[0], *honest[2:]])
refused(VERIFY_PACKAGE, 10, "entry 1 is")
