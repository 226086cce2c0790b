"""The scripts that decide about a lot: each is the clock, the shared rules and its own body, run as one."""

from datasources.redis.scripts import Script, read


def lot_script(name: str, *, clock: str | None = None) -> Script:
    """The script on the server's own clock; only tests hand in the text of another one."""
    return Script("\n".join((clock or read("clock"), read("lots"), read(name))))


PLACE_BID = lot_script("place_bid")
BUY_NOW = lot_script("buy_now")
REMOVE_BIDS = lot_script("remove_bids")
SET_PHASE = lot_script("set_phase")
LOWER_RESERVE = lot_script("lower_reserve")
FREEZE = lot_script("freeze")
PUBLISH = lot_script("publish")
INSTALL = lot_script("install")
FINISH = lot_script("finish")
