"""Alice has signed two models. The signature of one is put beside the other one."""
from stage import *

folder()
write("other/config.json", '{"layers": 3}')
do("sign other --private-key alice.pem --signature model.sig")
refused(VERIFY, 10, "differs in 2 places")
