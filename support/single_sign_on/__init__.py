"""Staff sign in with the account that their organisation gave them (OpenID Connect)."""
