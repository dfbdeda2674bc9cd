"""The processes behind `make run`: engines, web, workers, and the supervisor that keeps them.

Nothing in this package imports Django or the settings, except `prepare`, which only ever runs
as a child process: the supervisor stays small and starts at once.
"""
