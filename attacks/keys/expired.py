"""A seal by a key whose time is over, and by one whose time has not come. The clock is the reader's;
no variable moves it."""
from stage import *

folder()
line = "verify model --signature model.sig --keyring keyring.json"
do("keys import alice alice.pub.pem --keyring keyring.json")
honest = json.loads(read("keyring.json"))
for terms in [{"not_after": "2026-01-01T00:00:00Z"}, {"not_before": "2099-01-01T00:00:00Z"}]:
    honest["keys"][0].update(not_before=None, not_after=None)
    honest["keys"][0].update(terms)
    honest["keys"][0] = {name: value for name, value in honest["keys"][0].items() if value}
    write("keyring.json", json.dumps(honest))
    refused(line, 11, "valid", mask=r"it is \S+", SOURCE_DATE_EPOCH="1760000000")
