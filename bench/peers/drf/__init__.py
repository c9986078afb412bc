"""Django REST framework on the same tables, laid out as a Django application: settings, models, serializers, views."""
