"""What goes in and out."""

from typing import Any

from rest_framework import serializers

from bench.peers.drf.models import Cluster, Label


class RegisterItem(serializers.ModelSerializer):
    cluster_id = serializers.CharField(source="id")
    name = serializers.CharField(source="legal_name")
    level = serializers.CharField()
    label_number = serializers.CharField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()
    state = serializers.CharField()

    class Meta:
        model = Cluster
        fields = (
            "cluster_id",
            "name",
            "country",
            "region",
            "portfolio",
            "website",
            "is_synthetic",
            "level",
            "label_number",
            "valid_from",
            "valid_until",
            "state",
        )


class HeldLabel(serializers.ModelSerializer):
    class Meta:
        model = Label
        fields = ("number", "level", "kind", "awarded_on", "valid_from", "valid_until")


class ClusterWithLabels(serializers.ModelSerializer):
    cluster_id = serializers.CharField(source="id")
    name = serializers.CharField(source="legal_name")
    labels = HeldLabel(many=True)

    class Meta:
        model = Cluster
        fields = ("cluster_id", "name", "country", "region", "portfolio", "website", "is_synthetic", "labels")


class CountsQuery(serializers.Serializer):
    at = serializers.DateField()


class NewCluster(serializers.ModelSerializer):
    """Validates what it stores; neither looks for duplicates nor keeps versions, a journal, or answers by key."""

    ecosystems = serializers.ListField(child=serializers.CharField(max_length=40), default=list)
    emerging_industries = serializers.ListField(child=serializers.CharField(max_length=40), default=list)
    activities = serializers.ListField(child=serializers.CharField(max_length=40), default=list)
    members = serializers.DictField(child=serializers.IntegerField(min_value=0))

    class Meta:
        model = Cluster
        exclude = ("sort_name", "search_text", "committed_members")

    def create(self, validated_data: dict[str, Any]) -> Cluster:
        for name in ("ecosystems", "emerging_industries", "activities"):
            codes = validated_data[name]
            validated_data[name] = f"|{'|'.join(codes)}|" if codes else ""
        folded = validated_data["legal_name"].lower()
        return Cluster.objects.create(
            **validated_data,
            sort_name=folded,
            search_text=folded,
            committed_members=sum(validated_data["members"].values()),
        )

    def to_representation(self, instance: Cluster) -> dict[str, Any]:
        for name in ("ecosystems", "emerging_industries", "activities"):
            setattr(instance, name, getattr(instance, name).strip("|").split("|"))
        return super().to_representation(instance)
