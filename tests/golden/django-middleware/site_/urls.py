from django.urls import path

from shop import views

urlpatterns = [
    path("quotes/<int:pk>/", views.QuoteView.as_view()),
    path("healthz", views.healthz),
]
