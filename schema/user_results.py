"""What mutations of profiles answer: the record or a refusal."""

from typing import Annotated

import strawberry

from schema.problems import EditConflict, InvalidInput, NotFound, NotSignedIn, RetryLater
from schema.users import PublicUser

ProfileResult = Annotated[
    PublicUser | NotSignedIn | InvalidInput | EditConflict | NotFound | RetryLater,
    strawberry.union("ProfileResult", description="The profile as it stands now, or why nothing changed."),
]
