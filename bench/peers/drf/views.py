"""Generic views, a filter set, and the addresses."""

from typing import Any

import django_filters
from django.db import models
from django.urls import path
from rest_framework import generics, pagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.drf.models import LEVELS, Cluster, Label
from bench.peers.drf.serializers import ClusterWithLabels, CountsQuery, NewCluster, RegisterItem


class RegisterFilter(django_filters.FilterSet):
    valid_on = django_filters.DateFilter(method="on_day")
    level = django_filters.ChoiceFilter(choices=LEVELS)

    class Meta:
        model = Cluster
        fields = ("valid_on", "country", "level")

    def on_day(self, clusters: models.QuerySet, name: str, value: Any) -> models.QuerySet:
        shown = models.FilteredRelation(
            "periods", condition=models.Q(periods__starts_on__lte=value, periods__ends_on__gte=value)
        )
        return clusters.alias(shown=shown).annotate(
            level=models.F("shown__level"),
            label_number=models.F("shown__label__number"),
            valid_from=models.F("shown__label__valid_from"),
            valid_until=models.F("shown__label__valid_until"),
            state=models.Value("valid"),
        )


class ByName(pagination.CursorPagination):
    page_size = 50
    ordering = ("sort_name", "id")


class RegisterView(generics.ListAPIView):
    queryset = Cluster.objects.all()
    serializer_class = RegisterItem
    filterset_class = RegisterFilter
    pagination_class = ByName


class ClusterView(generics.RetrieveAPIView):
    queryset = Cluster.objects.prefetch_related("labels")
    serializer_class = ClusterWithLabels


class CountsView(APIView):
    def get(self, request: Request) -> Response:
        query = CountsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        day = query.validated_data["at"]
        counts = (
            Label.objects.filter(valid_from__lte=day, valid_until__gte=day)
            .filter(models.Q(withdrawn_on=None) | models.Q(withdrawn_on__gt=day))
            .order_by()
            .values("level", "country")
            .annotate(labels=models.Count("*"))
        )
        return Response({"counts": list(counts)})


class ClustersView(generics.CreateAPIView):
    queryset = Cluster.objects.all()
    serializer_class = NewCluster


urlpatterns = [
    path("v1/register", RegisterView.as_view()),
    path("v1/register/<str:pk>", ClusterView.as_view()),
    path("v1/statistics/labels", CountsView.as_view()),
    path("v1/clusters", ClustersView.as_view()),
]
