"""A certificate whose time is over, and one whose time has not come, under an honest root. The
reference asks whether the certificate was valid when it began."""
from stage import *

certificate(end="20250101000000Z")
refused(VERIFY_CERTIFICATE, 11, "", mask=TIMES)
certificate(start="20980101000000Z")
refused(VERIFY_CERTIFICATE, 11, "", mask=TIMES)
