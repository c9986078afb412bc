"""The tables as Django sees them; it does not manage them, so that what may be NULL is what the service decided."""

# ruff: noqa: DJ001, DJ008

import uuid

from django.db import models
from django.utils import timezone

LEVELS = [("bronze", "Bronze"), ("silver", "Silver"), ("gold", "Gold")]


class Cluster(models.Model):
    id = models.CharField(primary_key=True, max_length=36, default=lambda: str(uuid.uuid4()))
    legal_name = models.CharField(max_length=300)
    short_name = models.CharField(max_length=120, null=True, blank=True)
    names = models.JSONField(default=dict)
    sort_name = models.CharField(max_length=300)
    search_text = models.TextField()
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=5, null=True, blank=True)
    city = models.CharField(max_length=120, null=True, blank=True)
    legal_form = models.CharField(max_length=40, null=True, blank=True)
    host_organisation = models.CharField(max_length=300, null=True, blank=True)
    founded_year = models.IntegerField(null=True, blank=True)
    website = models.URLField(max_length=500, null=True, blank=True)
    english_page = models.URLField(max_length=500, null=True, blank=True)
    contact_role = models.CharField(max_length=120, null=True, blank=True)
    portfolio = models.CharField(max_length=40, null=True, blank=True)
    ecosystems = models.TextField(blank=True)
    emerging_industries = models.TextField(blank=True)
    activities = models.TextField(blank=True)
    participants = models.IntegerField()
    committed_members = models.IntegerField()
    members = models.JSONField(default=dict)
    staff_fte = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    support_programme = models.CharField(max_length=300, null=True, blank=True)
    is_social_economy = models.BooleanField(default=False)
    descriptions = models.JSONField(default=dict)
    status = models.CharField(max_length=40, default="active")
    profile_state = models.CharField(max_length=40, default="draft")
    profile_reason = models.TextField(null=True, blank=True)
    waiver = models.TextField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        managed = False
        db_table = "cluster"


class Label(models.Model):
    id = models.CharField(primary_key=True, max_length=36)
    number = models.CharField(max_length=40, unique=True)
    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="labels")
    level = models.CharField(max_length=40, choices=LEVELS)
    kind = models.CharField(max_length=40)
    awarded_on = models.DateField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    withdrawn_on = models.DateField(null=True)
    country = models.CharField(max_length=2)

    class Meta:
        managed = False
        db_table = "label"
        ordering = ("-valid_from", "-number")


class LevelPeriod(models.Model):
    pk = models.CompositePrimaryKey("cluster_id", "starts_on")
    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    level = models.CharField(max_length=40, choices=LEVELS)
    label = models.ForeignKey(Label, models.PROTECT, to_field="number", db_column="label_number", related_name="+")

    class Meta:
        managed = False
        db_table = "level_period"
