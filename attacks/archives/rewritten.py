"""The honest entries, written anew by another program: times, flags and order are not sealed, so there
is one form of them, and every other one is refused."""
from stage import *

package()
repack(entries())
refused(VERIFY_PACKAGE, 10, "")
