"""An entry that no seal covers, in an otherwise honest package; and a file that is missing."""
from stage import *

package()
honest = entries()
repack([*honest, ("zzz.py", b"hostile")])
refused(VERIFY_PACKAGE, 10, "entry 5 is")
repack(honest[:-2] + honest[-1:])
refused(VERIFY_PACKAGE, 10, "")
