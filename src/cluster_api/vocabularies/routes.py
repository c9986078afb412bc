"""Vocabularies over HTTP: public, read only, the same for everyone."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from cluster_api.foundation.openapi import problems
from cluster_api.foundation.paging import Page, PageQuery, public_page
from cluster_api.vocabularies import queries
from cluster_api.vocabularies.errors import VocabularyNotFound
from cluster_api.vocabularies.schemas import VocabularyPage, VocabularyQuery, VocabularyRead

router = APIRouter(prefix="/v1/vocabularies", tags=["vocabularies"])

VocabularyName = Annotated[
    str, Path(min_length=1, max_length=60, description="Name of the vocabulary.", examples=["regions"])
]


@router.get("", operation_id="list_vocabularies", summary="List the vocabularies")
def list_vocabularies(
    request: Request, response: Response, query: Annotated[PageQuery, Query()]
) -> Page[VocabularyRead]:
    """List the vocabularies with their editions, licences and sources."""
    return public_page(request, response, queries.list_page(query))


@router.get(
    "/{name}",
    operation_id="get_vocabulary",
    summary="Read or search a vocabulary",
    responses=problems(VocabularyNotFound),
)
def get_vocabulary(
    request: Request, response: Response, name: VocabularyName, query: Annotated[VocabularyQuery, Query()]
) -> VocabularyPage:
    """Read a vocabulary: its edition and a page of its entries, all or those searched for."""
    page = queries.vocabulary_page(name, query)
    public_page(request, response, page)
    return page
