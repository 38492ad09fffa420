"""How patient the attacks are: a short run shares its machine with whatever else is tested there."""

SHORT = 3
_factor = 1


def be_patient():
    """From now on every wait and every bound in seconds is thrice what it says."""
    global _factor
    _factor = SHORT


def paced(seconds):
    return seconds * _factor
