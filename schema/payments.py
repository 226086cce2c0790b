"""Payment methods and payments as clients see them; card data never comes near them (S0-042)."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import payments as domain
from resolvers import payments as resolve
from schema.fields import attribute, resolved
from schema.nodes import view
from schema.problems import (
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    RetryLater,
    WrongState,
)


@view(of=domain.PaymentMethod, description="A saved payment method.")
class PaymentMethod:
    """A view of `domain.payments.PaymentMethod`."""

    id: strawberry.ID = resolved(by=resolve.method_id, description="An opaque id, unique over the whole API.")
    brand: str | None = attribute("Whose card it is, such as `visa`.")
    last4: str | None = attribute("The last digits of its number.")
    created_at: datetime = attribute("When it was saved.")


@view(
    of=domain.PaymentSetup,
    description="A payment method that the buyer's browser has to finish, directly with the provider.",
)
class PaymentMethodSetup:
    """A view of `domain.payments.PaymentSetup`."""

    client_secret: str | None = attribute("What the provider's script in the browser needs to finish.")
    publishable_key: str = resolved(
        by=resolve.publishable_key, description="What the provider's script in the browser begins with."
    )
    is_action_required: bool = attribute("Whether the bank wants the buyer to confirm.")
    action_url: str | None = attribute("A page on which that is done, where the provider names one.")


@view(of=domain.PaymentMethodRemoved, description="The payment method is not charged any more.")
class PaymentMethodRemoved:
    """A view of `domain.payments.PaymentMethodRemoved`."""

    id: strawberry.ID = resolved(by=resolve.removed_id, description="The id it had.")


@view(of=domain.PaymentMethodDeclined, description="The provider did not take the payment method.")
class PaymentMethodDeclined(Problem):
    """PAYMENT_METHOD_DECLINED."""

    reason: str = attribute("The provider's own word, such as `insufficient_funds`.")


@view(of=domain.Payment, description="The newest attempt to collect an order's money.")
class Payment:
    """A view of `domain.payments.Payment`."""

    status: domain.PaymentStatus = attribute("How far it has come.")
    attempt: int = attribute("Its number, counted from one.")
    failure: str | None = attribute("Why it failed, in the provider's own word.")
    client_secret: str | None = attribute(
        "With it the buyer's browser confirms the payment, where the bank wants that."
    )


SetUpPaymentMethodResult = Annotated[
    PaymentMethodSetup | NotSignedIn | NotAllowed | WrongState | RetryLater,
    strawberry.union("SetUpPaymentMethodResult", description="What the browser goes on with, or why nothing began."),
]
SavePaymentMethodResult = Annotated[
    PaymentMethod
    | PaymentMethodSetup
    | PaymentMethodDeclined
    | NotSignedIn
    | NotAllowed
    | InvalidInput
    | IdempotencyConflict
    | WrongState
    | RetryLater,
    strawberry.union(
        "SavePaymentMethodResult", description="The saved payment method, what the bank wants first, or why not."
    ),
]
RemovePaymentMethodResult = Annotated[
    PaymentMethodRemoved | NotSignedIn | NotFound | RetryLater,
    strawberry.union("RemovePaymentMethodResult", description="What was removed, or why nothing was."),
]
