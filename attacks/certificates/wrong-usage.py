"""A certificate for a web server, under an honest root: it was not given for signing code."""
from stage import *

certificate(usage="serverAuth")
refused(VERIFY_CERTIFICATE, 11, "")
