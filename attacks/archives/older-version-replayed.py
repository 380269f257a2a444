"""An older package, validly sealed, with a weakness that the newer one has not, is put in its place
under the newer name."""
from stage import *

package()
older = read(PACKAGE)
do("package --date 2026_11_23")
newer = PACKAGE.replace("_22.zip", "_23.zip")
do(f"sign {newer} --private-key alice.pem")
write(newer, older)
refused(f"verify {newer} --public-key alice.pub.pem", 10, "the seal is of")
