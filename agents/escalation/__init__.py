"""When people take over: rules that administrators write, evaluated in code on a frozen snapshot of a turn."""
