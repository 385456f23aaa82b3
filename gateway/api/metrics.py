"""Metrics in the Prometheus text format."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


def create_metrics_router(registry: CollectorRegistry) -> APIRouter:
    """Return the route that shows what ``registry`` collects."""
    router = APIRouter()

    @router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
    async def read_metrics() -> Response:
        """Return every metric as it is now."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
