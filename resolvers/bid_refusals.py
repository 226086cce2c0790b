"""Why a bid was not taken, as every refusal says it: a code and a sentence."""

from strawberry import Parent

from domain.bids import BidRejected, RejectionCode


def rejection_code(root: Parent[BidRejected]) -> str:
    """The reason's name, as other refusals have a code."""
    return root.code.name


def rejection_reason(root: Parent[BidRejected]) -> RejectionCode:
    """Why the bid was not taken."""
    return root.code
