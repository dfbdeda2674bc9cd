"""What the system tells the customer in a conversation, in the languages the chat speaks. English is the original."""

from agents import language

_TEXTS = {
    "queued": {
        "en": "You are in the queue. A person will answer you here.",
        "de": "Sie sind in der Warteschlange. Hier antwortet Ihnen gleich ein Mensch.",
        "es": "Está en la cola. Una persona le responderá aquí.",
        "fr": "Vous êtes dans la file d'attente. Une personne vous répondra ici.",
    },
    "offline": {
        "en": "Nobody is here right now. Please leave your e-mail address, and we will get back to you.",
        "de": "Im Moment ist niemand da. Bitte hinterlassen Sie Ihre E-Mail-Adresse, dann melden wir uns.",
        "es": "Ahora mismo no hay nadie. Deje su correo electrónico y nos pondremos en contacto con usted.",
        "fr": "Il n'y a personne pour le moment. Laissez votre adresse e-mail et nous vous répondrons.",
    },
    "claimed": {
        "en": "{name} has joined the conversation.",
        "de": "{name} ist jetzt dabei.",
        "es": "{name} se ha unido a la conversación.",
        "fr": "{name} a rejoint la conversation.",
    },
    "released": {
        "en": "The assistant is answering again.",
        "de": "Der Assistent antwortet wieder.",
        "es": "El asistente vuelve a responder.",
        "fr": "L'assistant répond de nouveau.",
    },
    "closed": {
        "en": "This conversation was closed. Write again to reopen it.",
        "de": "Diese Unterhaltung wurde geschlossen. Schreiben Sie, um sie wieder zu öffnen.",
        "es": "Esta conversación se ha cerrado. Escriba de nuevo para reabrirla.",
        "fr": "Cette conversation a été fermée. Écrivez à nouveau pour la rouvrir.",
    },
    "reopened": {
        "en": "This conversation was reopened.",
        "de": "Diese Unterhaltung wurde wieder geöffnet.",
        "es": "Esta conversación se ha reabierto.",
        "fr": "Cette conversation a été rouverte.",
    },
    "stopped": {
        "en": "You stopped this answer.",
        "de": "Sie haben diese Antwort angehalten.",
        "es": "Ha detenido esta respuesta.",
        "fr": "Vous avez arrêté cette réponse.",
    },
    "failed": {
        "en": "Sorry, something went wrong on our side and we could not answer. Please try again, or ask for a person.",
        "de": "Leider ist bei uns etwas schiefgegangen, und wir konnten nicht antworten. Versuchen Sie es erneut, oder fragen Sie nach "
        "einem Menschen.",
        "es": "Lo sentimos, algo ha fallado por nuestra parte y no hemos podido responder. Inténtelo de nuevo o pida hablar con una persona.",
        "fr": "Désolé, un problème est survenu de notre côté et nous n'avons pas pu répondre. Réessayez ou demandez une personne.",
    },
}


def text(notice: str, locale: str, **words: str) -> str:
    """A notice in a conversation's locale, such as `de-AT`."""
    return _TEXTS[notice][language.spoken(locale)].format(**words)
