"""The product's application, with the embedding that was asked for."""

from tests.benchmarks import embedding

embedding.choose()

from config.asgi import application  # noqa: E402

__all__ = ["application"]
