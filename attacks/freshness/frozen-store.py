"""Somebody keeps the store as it is, so that readers never hear of a newer release. A release that
says until when it is good is refused afterwards."""
from stage import *

package()
do("package --date 2026_11_01 --valid-days 7", SOURCE_DATE_EPOCH="1760000000")
frozen = PACKAGE.replace("_22.zip", "_01.zip")
do(f"sign {frozen} --private-key alice.pem")
refused(f"verify {frozen} --public-key alice.pub.pem", 11, "", mask=TIMES)
