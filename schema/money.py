"""Money as clients see it."""

import strawberry

from resolvers.arguments import MinorUnits
from schema.fields import attribute


@strawberry.type(description="An amount of money.")
class Money:
    """A view of `domain.money.Money`."""

    amount_minor: MinorUnits = attribute("The exact amount in minor units: 29999900 is R299,999.00.")
    currency: str = attribute("ISO 4217 currency, such as ZAR.")
    amount: str = attribute("The exact amount in major units as decimal text, such as 299999.00.")
    formatted: str = attribute("The amount for reading, such as R299,999.")
