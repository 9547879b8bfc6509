from django.http import HttpResponse, JsonResponse

from tickets.models import Ticket


def health(request):
    return HttpResponse("ok")


def ticket(request, number):
    request.session["last"] = number
    return JsonResponse({"title": Ticket.objects.get(pk=number).title})
