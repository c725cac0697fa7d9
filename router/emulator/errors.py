"""What AWS says when it will not: one exception, written as JSON or as S3's XML."""

import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

CORAL = "http://internal.amazon.com/coral/com.amazon.bedrock/"


class AwsError(Exception):
    """An answer that AWS would give instead of a result."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the HTTP status, the error type, its text, further body fields and headers."""
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def as_json(self) -> bytes:
        """Give the body of a Bedrock error."""
        return json.dumps({"message": self.message} | self.fields).encode()

    def as_xml(self, resource: str, request_id: str) -> bytes:
        """Give the body of an S3 error."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
            f"<Resource>{escape(resource)}</Resource><RequestId>{request_id}</RequestId></Error>"
        ).encode()


def validation(message: str) -> AwsError:
    """The request is not what the service takes."""
    return AwsError(400, "ValidationException", message)


def malformed(said: str) -> AwsError:
    """The body breaks the model's own schema."""
    return validation(f"Malformed input request: {said}, please reformat your input and try again.")


def constraint(value: object, member: str, rule: str) -> AwsError:
    """A member breaks a length, range or pattern of the service model."""
    return validation(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must {rule}"
    )


def pattern(value: object, member: str, expression: str) -> AwsError:
    """A member breaks a regular expression of the service model."""
    return constraint(value, member, f"satisfy regular expression pattern: {expression}")


def not_found(message: str) -> AwsError:
    """The named thing does not exist, or exists no longer."""
    return AwsError(404, "ResourceNotFoundException", message)


def throttled() -> AwsError:
    """Too many requests at once, or in the last minute."""
    return AwsError(
        429, "ThrottlingException", "Too many requests, please wait before trying again."
    )


def bucket_missing(bucket: str) -> AwsError:
    """S3 has no such bucket."""
    return AwsError(404, "NoSuchBucket", f"The specified bucket does not exist: {bucket}")


def not_implemented(what: str) -> AwsError:
    """A part of S3 that this look-alike leaves out."""
    return AwsError(501, "NotImplemented", f"Not part of this S3: {what}")
