from django.http import HttpResponse, JsonResponse


def healthz(request):
    return HttpResponse("ok")


def basket(request):
    request.session["items"] = request.session.get("items", 0) + 1
    return JsonResponse({"items": request.session["items"]})
