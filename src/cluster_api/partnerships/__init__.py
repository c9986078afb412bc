"""Partnerships of clusters that a call funds: partners, the agreement they sign, activities, declared indicators."""
