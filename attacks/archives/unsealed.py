"""A package without a seal, pushed into the store."""
from stage import *

package()
do("package --date 2026_11_23")
unsealed = PACKAGE.replace("_22.zip", "_23.zip")
refused(f"verify {unsealed} --public-key alice.pub.pem", 12, "no seal")
