"""Who may call a mutation, checked before its resolver runs."""

from enum import Enum

from domain.problems import NotAllowed, NotSignedIn
from domain.users import Viewer


class Needs(Enum):
    """The least a mutation asks of the viewer; rules about particular records are the services' business."""

    NOBODY = "anyone may call this"
    SIGNED_IN = "needs a signed-in viewer"
    STAFF = "needs an editor or admin"


def refusal_for(viewer: Viewer, needs: Needs) -> NotSignedIn | NotAllowed | None:
    """Why the viewer may not call the mutation; None when they may."""
    if needs is Needs.NOBODY:
        return None
    if viewer.user is None:
        return NotSignedIn()
    if needs is Needs.STAFF and not viewer.is_staff:
        return NotAllowed("Only editors and admins may do this.")
    return None
