"""The refusals of the API, in Meilisearch's envelope of message, code, type and link."""

from dataclasses import dataclass
from typing import Any

STATUS_BY_CODE = {
    "missing_authorization_header": 401,
    "invalid_api_key": 403,
    "index_not_found": 404,
    "document_not_found": 404,
    "task_not_found": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "payload_too_large": 413,
    "missing_content_type": 415,
    "invalid_content_type": 415,
    "internal": 500,
}
TYPE_BY_CODE = {"missing_authorization_header": "auth", "invalid_api_key": "auth", "internal": "internal"}


@dataclass
class ApiError(Exception):
    """A request or task that cannot be done; the code decides the HTTP status."""

    code: str
    message: str

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS_BY_CODE.get(self.code, 400)

    def envelope(self) -> dict[str, Any]:
        """The body of the answer, and the `error` of a failed task."""
        return {
            "message": self.message,
            "code": self.code,
            "type": TYPE_BY_CODE.get(self.code, "invalid_request"),
            "link": f"https://docs.meilisearch.com/errors#{self.code}",
        }


def index_not_found(uid: str) -> ApiError:
    """No index has this uid."""
    return ApiError("index_not_found", f"Index `{uid}` not found.")
