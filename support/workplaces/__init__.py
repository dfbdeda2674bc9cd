"""In which inboxes a member of staff may work: chosen in the admin, asked by every statement that reads for them."""
