"""What servers keep secret, as digests: JWT secrets, certificates, encryption keys."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success
from ..permissions import require_superuser

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request


class SecretsApi:
    """Handlers of ``/_admin/server/jwt``, ``/tls`` and ``/encryption``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        context.router.add("GET POST", "/_admin/server/jwt", self.jwt)
        context.router.add("GET POST", "/_admin/server/tls", self.tls)
        context.router.add("POST", "/_admin/server/encryption", self.encryption)

    async def jwt(self, request: Request) -> Response:
        """GET tells the digests of the secrets; POST reads the files again."""
        authenticator = self._context.authenticator
        assert authenticator is not None
        if not authenticator.enabled:
            raise ArangoError(errors.HTTP_NOT_FOUND)
        require_superuser(request)
        if request.method == "POST":
            authenticator.reload()
        digests = [{"sha256": hashlib.sha256(secret).hexdigest()} for secret in authenticator.secrets]
        return success(200, {"result": {"active": digests[0], "passive": digests[1:]}})

    async def tls(self, request: Request) -> Response:
        """GET tells the digests of the certificates; POST, for superusers, reads them again."""
        if request.method == "POST":
            require_superuser(request)
        return success(200, {"result": {"keyfile": self._keyfile(), "clientCA": {}, "SNI": {}}})

    def _keyfile(self) -> dict[str, object]:
        path = self._context.settings.tls_keyfile
        if not path:
            return {}
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                text = file.read()
        except OSError as error:
            raise ArangoError(errors.HTTP_SERVER_ERROR, f"cannot read '{path}': {error.strerror}") from None
        digest = hashlib.sha256(text.encode()).hexdigest()
        end = "-----END CERTIFICATE-----"
        certificates = [part.strip() + "\n" + end for part in text.split(end)[:-1]]
        return {"sha256": digest, "certificates": certificates}

    async def encryption(self, request: Request) -> Response:
        """POST /_admin/server/encryption: there is no encryption at rest."""
        require_superuser(request)
        raise ArangoError(errors.HTTP_FORBIDDEN, "encryption at rest is not enabled")
