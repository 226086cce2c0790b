"""What people tell the staff: kept as a mail to them, once for each key of the client."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from datasources.postgres import mail_addresses, mails
from datasources.sources import Sources
from domain.mails import STAFF_RECIPIENT, MailDraft
from domain.problems import FieldProblem, InvalidInput, RetryLater, UpstreamUnavailableError, WrongState
from domain.users import User
from services.mails import asking

LONGEST_FEEDBACK = 4_000
MOST_PER_HOUR = 5
_LONGEST_KEY = 64
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FeedbackSent:
    """The staff will read it."""

    is_new: bool


async def send_feedback(
    sources: Sources, user: User, text: str, *, idempotency_key: str
) -> FeedbackSent | InvalidInput | WrongState | RetryLater:
    """Hand a text to the staff; the same key again hands over nothing more."""
    plain = text.replace("\0", "").strip()
    problems = []
    if not 1 <= len(plain) <= LONGEST_FEEDBACK:
        problems.append(FieldProblem("text", f"Write 1 to {LONGEST_FEEDBACK} characters."))
    if not 1 <= len(idempotency_key) <= _LONGEST_KEY or not idempotency_key.isprintable():
        problems.append(FieldProblem("idempotencyKey", f"A key has 1 to {_LONGEST_KEY} characters."))
    if problems:
        return InvalidInput(tuple(problems))
    now, prefix = sources.clock(), f"feedback:{user.user_id}:"

    async def run(connection: mails.Connection) -> FeedbackSent | None:
        await mails.hold_recipient(connection, prefix)  # of several at once, each sees those before it
        if await mails.is_known(connection, f"{prefix}{idempotency_key}"):
            return FeedbackSent(is_new=False)
        if await mails.count_recent(connection, prefix, now=now, within=_HOUR) >= MOST_PER_HOUR:
            return None
        address = await mail_addresses.of_user(connection, user.user_id)
        draft = _draft(user.user_id, address.address if address else None, plain, key=f"{prefix}{idempotency_key}")
        return FeedbackSent(is_new=await asking(draft, now=now)(connection))

    try:
        sent = await sources.database.write("feedback.send", run)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return sent or WrongState("TOO_MANY", f"At most {MOST_PER_HOUR} an hour; we read every one of them.")


def _draft(user_id: UUID, address: str | None, text: str, *, key: str) -> MailDraft:
    return MailDraft(
        recipient=STAFF_RECIPIENT,
        dedupe_key=key,
        subject=f"Feedback: {text.splitlines()[0][:80]}",
        paragraphs=(*text.split("\n\n"), f"From the account {user_id}."),
        reply_to=address,
    )
