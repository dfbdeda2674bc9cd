"""The e-mail with the code, in the languages the chat speaks. Nothing of the conversation is in it."""

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from agents import language
from support.models import EmailChallenge
from support.verification.limits import CODE_SECONDS

# The code is not in the subject: mail servers log those, and phones show them to whoever looks.
_TEXTS = {
    "en": {
        "subject": "Your code for {inbox}",
        "lead": "Somebody who writes in the chat of {inbox} gave this e-mail address. If that is you, type this code there:",
        "time": "It works for {minutes} minutes, and once.",
        "other": "If it is not you, do nothing: without the code nobody gets anything. Never give it to anybody, not even to our staff: "
        "they do not ask for it.",
    },
    "de": {
        "subject": "Ihr Code für {inbox}",
        "lead": "Jemand, der im Chat von {inbox} schreibt, hat diese E-Mail-Adresse angegeben. Wenn Sie das sind, geben Sie dort diesen Code "
        "ein:",
        "time": "Er gilt {minutes} Minuten und nur einmal.",
        "other": "Wenn Sie es nicht sind, müssen Sie nichts tun: Ohne den Code erfährt niemand etwas. Geben Sie ihn niemandem, auch nicht "
        "unserem Team: Es fragt nie danach.",
    },
    "es": {
        "subject": "Su código para {inbox}",
        "lead": "Alguien que escribe en el chat de {inbox} ha indicado esta dirección de correo. Si es usted, escriba allí este código:",
        "time": "Vale durante {minutes} minutos y una sola vez.",
        "other": "Si no es usted, no haga nada: sin el código nadie obtiene nada. No se lo dé a nadie, tampoco a nuestro equipo: nunca lo "
        "pide.",
    },
    "fr": {
        "subject": "Votre code pour {inbox}",
        "lead": "Une personne qui écrit dans le chat de {inbox} a donné cette adresse e-mail. Si c'est vous, saisissez-y ce code :",
        "time": "Il est valable {minutes} minutes, une seule fois.",
        "other": "Si ce n'est pas vous, ne faites rien : sans le code, personne n'obtient rien. Ne le donnez à personne, pas même à notre "
        "équipe : elle ne le demande jamais.",
    },
}


def code(challenge: EmailChallenge, digits: str) -> EmailMultiAlternatives:
    """Brings the code, and says which inbox asks."""
    conversation = challenge.action.conversation
    spoken = language.spoken(conversation.locale)
    places = {"inbox": " ".join(conversation.inbox.name.split()), "minutes": CODE_SECONDS // 60}
    context = {name: text.format(**places) for name, text in _TEXTS[spoken].items()}
    context |= {"code": digits, "language": spoken}
    letter = EmailMultiAlternatives(
        context["subject"], render_to_string("verification/code.txt", context), to=[challenge.address]
    )
    letter.attach_alternative(render_to_string("verification/code.html", context), "text/html")
    # RFC 3834: nobody's absence note is to answer.
    letter.extra_headers = {"Auto-Submitted": "auto-generated"}
    return letter
