"""An entry of a few bytes that inflates to 256 MB, and a package of a terabyte that takes no room on
the disk. Nothing is ever inflated, and what is too large is not read."""
from stage import *

package()
honest, archive = entries(), read(PACKAGE)
repack([(honest[0][0], bytes(1 << 28)), *honest[1:]], zipfile.ZIP_DEFLATED)
refused(VERIFY_PACKAGE, 10, "")

with open(PACKAGE, "wb") as huge:
    huge.write(archive)
    huge.truncate(1 << 40)
refused(VERIFY_PACKAGE, 1, "larger than the limit")
