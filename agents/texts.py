"""What the agent says in fixed words, in the languages the chat speaks. English is the original."""

from agents.language import LANGUAGES

_OFFER = {
    "en": "Would you like to talk to a person?",
    "de": "Möchten Sie mit einem Menschen sprechen?",
    "es": "¿Quiere hablar con una persona?",
    "fr": "Voulez-vous parler à une personne ?",
}
_TEXTS = {
    "offer": _OFFER,
    "dont_know": {
        "en": f"I'm sorry, I don't know that: I found nothing about it in our help centre. {_OFFER['en']}",
        "de": f"Das weiß ich leider nicht: In unserem Hilfebereich habe ich nichts dazu gefunden. {_OFFER['de']}",
        "es": f"Lo siento, no lo sé: no he encontrado nada sobre eso en nuestro centro de ayuda. {_OFFER['es']}",
        "fr": f"Désolé, je ne sais pas : je n'ai rien trouvé à ce sujet dans notre centre d'aide. {_OFFER['fr']}",
    },
    "greeting": {
        "en": "Hello! What can I help you with?",
        "de": "Hallo! Womit kann ich Ihnen helfen?",
        "es": "¡Hola! ¿En qué puedo ayudarle?",
        "fr": "Bonjour ! Comment puis-je vous aider ?",
    },
    "thanks": {
        "en": "You're welcome! Is there anything else I can help with?",
        "de": "Gern geschehen! Kann ich sonst noch etwas für Sie tun?",
        "es": "¡De nada! ¿Puedo ayudarle en algo más?",
        "fr": "Je vous en prie ! Puis-je vous aider pour autre chose ?",
    },
    "goodbye": {
        "en": "Goodbye! Come back whenever you have a question.",
        "de": "Auf Wiedersehen! Melden Sie sich jederzeit, wenn Sie eine Frage haben.",
        "es": "¡Hasta pronto! Vuelva cuando tenga una pregunta.",
        "fr": "Au revoir ! Revenez dès que vous avez une question.",
    },
    "will_get_back": {
        "en": "Thank you. Our team will get back to you.",
        "de": "Danke. Unser Team meldet sich bei Ihnen.",
        "es": "Gracias. Nuestro equipo se pondrá en contacto con usted.",
        "fr": "Merci. Notre équipe reviendra vers vous.",
    },
    "confirm_write": {
        "en": "Shall I do this? {title}",
        "de": "Soll ich das tun? {title}",
        "es": "¿Lo hago? {title}",
        "fr": "Dois-je le faire ? {title}",
    },
    "confirm_approval": {
        "en": "A colleague has to approve this first: {title}",
        "de": "Das muss zuerst jemand aus dem Team genehmigen: {title}",
        "es": "Un compañero tiene que aprobarlo primero: {title}",
        "fr": "Un collègue doit d'abord l'approuver : {title}",
    },
    "verify": {
        "en": "For this I need to be sure who you are. Please confirm your e-mail address below: you will get a code by e-mail.",
        "de": "Dafür muss ich sicher sein, wer Sie sind. Bitte bestätigen Sie unten Ihre E-Mail-Adresse: Sie bekommen einen Code per E-Mail.",
        "es": "Para esto tengo que saber con seguridad quién es usted. Confirme abajo su correo electrónico: recibirá un código por correo.",
        "fr": "Pour cela, je dois être sûr de qui vous êtes. Confirmez votre adresse e-mail ci-dessous : vous recevrez un code par e-mail.",
    },
    "done": {
        "en": "Done: {title}",
        "de": "Erledigt: {title}",
        "es": "Hecho: {title}",
        "fr": "C'est fait : {title}",
    },
}


def say(name: str, language: str, **places: str) -> str:
    """A text in a language, with its places filled in."""
    text = _TEXTS[name].get(language) or _TEXTS[name][LANGUAGES[0]]
    return text.format(**places) if places else text
