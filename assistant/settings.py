"""Read settings from the environment (`ARTICLE_ASSISTANT_…`); the command line overrides them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from index.errors import InputError

__all__ = ["Settings", "get_settings"]

APP_NAME = "article-assistant"
_SERVER_URL = re.compile(r"https?://[^\s/@]{1,255}/?")
_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


class Settings(BaseSettings):
    """Settings of a process. Each field is an environment variable, as `ARTICLE_ASSISTANT_DATA`."""

    model_config = SettingsConfigDict(env_prefix="ARTICLE_ASSISTANT_", frozen=True)

    data: Path = Field(
        default_factory=lambda: user_data_path(APP_NAME),
        description="folder of articles and their index",
    )
    database: SecretStr = Field(
        default_factory=lambda: SecretStr(""),
        description="address of a PostgreSQL database that stores the articles, marks, feedback "
        "and accounts, `postgresql+psycopg://user:password@host/database`; "
        "by default SQLite in the data folder",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path(APP_NAME),
        description="folder of the converted language model",
    )
    model: str = Field(
        "embedded",
        description="`embedded`, `none` (quotes only), `provider:name`, the URL of a server, "
        "or a GGUF file or OpenVINO folder",
    )
    model_key: SecretStr = Field(
        default_factory=lambda: SecretStr(""),
        description="key of a model server, if it needs one",
    )
    model_timeout: float = Field(
        120, gt=0, description="seconds that a model's server may take without an answer"
    )
    model_retries: int = Field(
        2, ge=0, le=10, description="number of retries if a provider is busy"
    )
    embeddings: str = Field(
        "embedded",
        description="`embedded`, a folder of sentence-transformers, `provider:name`, "
        "or the URL of a server; after a change, all articles are embedded again",
    )
    embeddings_key: SecretStr = Field(
        default_factory=lambda: SecretStr(""),
        description="key of an embeddings server, if it needs one",
    )
    chroma: str = Field(
        default_factory=str,
        description="URL of a Chroma server (`chroma run`) that searches the vectors, "
        "as `http://host:8000`; by default they are searched in the data folder",
    )
    chroma_headers: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="headers for the Chroma server, if a proxy asks for a key, as a JSON object",
    )
    chroma_tenant: str = Field("default_tenant", description="tenant on the Chroma server")
    chroma_database: str = Field("default_database", description="database on the Chroma server")
    host: str = Field("127.0.0.1", description="address that the page listens on")
    host_names: str = Field(
        "",
        description="names under which a proxy serves the page, as `articles.example.org`, "
        "separated by commas; requests for other names are refused",
    )
    allow_public: bool = Field(
        False,
        description="serve, also over MCP, on an address that other machines reach, "
        "without accounts",
    )
    accounts: bool = Field(
        False,
        description="whether users have to sign in; needs the extra `accounts` of the package",
    )
    session_hours: float = Field(12, gt=0, le=8_760, description="hours until a sign-in ends")
    sign_on_header: str = Field(
        "",
        pattern="^[A-Za-z0-9-]*$",
        description="header in which a trusted proxy names the user, such as `X-Forwarded-Email`",
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks of the proxies whose headers are believed, separated "
        "by commas",
        validate_default=True,
    )
    port: int = Field(7860, ge=0, le=65535, description="port of the page")
    candidates: int = Field(
        8, ge=1, le=50, description="most passages from which an answer is taken"
    )
    quotes: int = Field(3, ge=1, le=10, description="most quotes of an answer")
    longest_question: int = Field(2_000, ge=10, description="most characters of a question")
    answers_at_once: int = Field(
        8, ge=1, le=32, description="questions that the server answers at once"
    )
    waiting_questions: int = Field(
        16,
        ge=0,
        le=1_000,
        description="questions that wait for their turn; the server refuses further ones",
    )
    questions_per_minute: int = Field(
        0,
        ge=0,
        le=10_000,
        description="most questions of a user, or of an address without accounts, in a minute; "
        "0: any number",
    )
    max_articles: int = Field(
        0, ge=0, description="most articles that the library takes; 0: any number"
    )
    keep_originals: bool = Field(
        True,
        description="whether the library stores the PDF files of articles, "
        "so that the page can show their pages",
    )
    allow_private_urls: bool = Field(
        False, description="whether to open URLs of this machine and of private networks"
    )
    prefix_tokens: int = Field(
        4_000, ge=0, description="longest article, in tokens, that the bundled model reads whole"
    )
    metrics: Literal["off", "loopback", "all"] = Field(
        "off",
        description="who gets Prometheus's metrics from `/metrics`: nobody (`off`), "
        "this machine (`loopback`), or everybody who reaches the server (`all`)",
    )
    traces: str = Field(
        "",
        description="URL of an OpenTelemetry collector that speaks OTLP over gRPC, such as "
        "http://127.0.0.1:4317, which gets a trace of each answer without texts; "
        "empty: nobody gets any",
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="log of the server: `text` has warnings and errors, `json` has a JSON line "
        "for each of them and for each request, without text of articles and users",
    )
    feedback: bool = Field(
        True,
        description="whether the page asks users for feedback on answers, "
        "and stores it in the data folder or in PostgreSQL",
    )

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the trusted proxies."""
        return _parse_networks(self.trusted_proxies)

    @property
    def public_names(self) -> tuple[str, ...]:
        """Return the host names, in lower case."""
        return _parse_names(self.host_names)

    @field_validator("host_names")
    @classmethod
    def _check_host_names(cls, text: str) -> str:
        """Refuse what is no host name, such as an address with a scheme or a port."""
        for name in _parse_names(text):
            if not _HOST_NAME.fullmatch(name):
                raise ValueError(
                    "write names alone, without https:// and without a port, separated by commas"
                )
        return text

    @field_validator("traces")
    @classmethod
    def _check_traces(cls, text: str) -> str:
        """Refuse what is no URL of a server."""
        if text and not _SERVER_URL.fullmatch(text):
            raise ValueError("write the URL of a server, such as http://127.0.0.1:4317")
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, text: str, info: ValidationInfo) -> str:
        """Refuse what is no network, and a header for signing in that no proxy may send."""
        if not _parse_networks(text) and info.data.get("sign_on_header"):
            raise ValueError("name the proxies that may send ARTICLE_ASSISTANT_SIGN_ON_HEADER")
        return text


def _parse_names(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def _parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def get_settings() -> Settings:
    """Return the settings from the environment.

    Raises:
        InputError: a variable has a value that cannot be used.
    """
    try:
        return Settings()
    except SettingsError as error:
        raise InputError(
            "ARTICLE_ASSISTANT_CHROMA_HEADERS is not a JSON object, "
            'such as {"Authorization": "Bearer KEY"}.'
        ) from error
    except ValidationError as error:
        problems = "; ".join(
            f"ARTICLE_ASSISTANT_{'_'.join(map(str, detail['loc'])).upper()}: {detail['msg']}"
            for detail in error.errors()
        )
        raise InputError(f"A setting cannot be used: {problems}.") from error
