"""A rebuild from its beginning, or from where an interrupted one was, to the swap."""

import time
from contextlib import suppress
from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection
from django.db.models import F
from django.db.models.functions import Now

from config.common import events
from knowledge import recipes, statistics
from knowledge.models import Article, Chunk, Reindex
from knowledge.recipes import Recipe
from knowledge.reindex import building, checks, runs, swapping, tables
from knowledge.reindex.progress import Aborted, Listener, Progress, TimeUp, nobody

# For so long a swap is tried again while others hold what must be locked, such as a backup that reads the index.
SWAP_SECONDS = 600.0
_BETWEEN_TRIES = 1.0
# pgvector builds its graph in memory, if it may have so much: about this much a vector beside its numbers.
_GRAPH_BYTES, _MOST_MEMORY_KB = 1_000, 1_048_576
State, Stage = Reindex.State, Reindex.Stage


class Failed(Exception):
    """The rebuild did not come to its end; the message says why. The live index is untouched."""


def run(listener: Listener = nobody) -> Reindex:
    """Rebuild the index now; returns how it ended: done or aborted. Raises Busy and Failed."""
    with runs.alone():
        reindex = runs.start(by_worker=False)
        _work(Progress(reindex, listener))
    reindex.refresh_from_db()
    return reindex


def go_on(reindex_id: int, turn: int, seconds: float) -> int | None:
    """Work on a rebuild for about `seconds`, if it is this turn's; returns the next turn, None if there is none."""
    with suppress(runs.Busy, Failed), runs.alone():
        mine = Reindex.objects.filter(pk=reindex_id, turn=turn, by_worker=True, state__in=Reindex.ACTIVE)
        if mine.update(turn=F("turn") + 1) and _work(Progress(Reindex.objects.get(pk=reindex_id), nobody, seconds)):
            return turn + 1
    return None


def tend() -> list[tuple[int, int]]:
    """Finish what interrupted rebuilds have left; returns the id and turn of one that a worker should go on with."""
    if not (tables.exist(tables.PAST) or runs.active()):
        return []
    with suppress(runs.Busy, OperationalError), runs.alone():
        _settle()
        unheld = runs.active()
        if unheld and unheld.abort_requested:
            runs.end(unheld, State.ABORTED)
        elif unheld and unheld.by_worker:
            return [(unheld.pk, unheld.turn)]
    return []


def _work(progress: Progress) -> bool:
    """Go through the stages; returns whether there is more to do. Raises Failed."""
    reindex = progress.reindex
    try:
        _stages(progress)
    except TimeUp:
        return True
    except Aborted:
        runs.end(reindex, State.ABORTED)
    except checks.CheckFailed as error:
        runs.end(reindex, State.FAILED, str(error))
        raise Failed(str(error)) from error
    except Exception as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled) and _is_unwanted(reindex):
            runs.end(reindex, State.ABORTED)
            return False
        why = str(error) or type(error).__name__
        with suppress(DatabaseError):  # without a database the row stays as it is: interrupted
            runs.end(reindex, State.FAILED, why, keep=True)
        raise Failed(why) from error
    return False


def _is_unwanted(reindex: Reindex) -> bool:
    return Reindex.objects.filter(pk=reindex.pk, abort_requested=True).exists()


def _stages(progress: Progress) -> None:
    recipe = _prepare(progress)
    waiting = building.stale()
    done = building.built()
    progress.stage(Stage.EMBEDDING, done + len(waiting), done)
    building.build(waiting, recipe, progress.advance)
    progress.endure()
    progress.stage(Stage.INDEXING, 0)
    _index(recipe)
    progress.stage(Stage.CHECKING, building.built() + checks.SAMPLE)
    result = _check(recipe, progress)
    progress.stage(Stage.SWAPPING, 0)
    _swap(recipe, progress, result)


def _prepare(progress: Progress) -> Recipe:
    """Tables to fill: those of an interrupted rebuild, if an index made now is of the same recipe."""
    reindex = progress.reindex
    _settle()
    recipe = recipes.wanted(reindex.model)
    reindex.state, reindex.digest = State.RUNNING, recipe.model.digest
    reindex.save(update_fields=["state", "digest"])
    if tables.exist() and not (_recipe_of_next() == recipe and tables.are_like_live()):
        tables.drop()
    if not tables.exist():
        tables.create(recipe)
    return recipe


def _recipe_of_next() -> Recipe:
    with tables.inside():
        return recipes.in_use()


def _settle() -> None:
    if tables.exist(tables.PAST):
        swapping.settle()


def _index(recipe: Recipe) -> None:
    """Make the vectors' indexes, unless an interrupted rebuild has, and count what is there."""
    statements = [*tables.vector_indexes(), *tables.inner_keys()]
    with tables.inside(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_regclass('{tables.NEXT}.chunk_embedding_hnsw') IS NULL, count(*) FROM knowledge_chunk"
        )
        is_missing, chunks = cursor.fetchone()
        if is_missing:
            wanted = min(_MOST_MEMORY_KB, chunks * (4 * recipe.dimensions + _GRAPH_BYTES) // 1024)
            cursor.execute(
                "SELECT set_config('maintenance_work_mem', greatest(%s, setting::int)::text || 'kB', true) "
                "FROM pg_settings WHERE name = 'maintenance_work_mem'",
                [wanted],
            )
            # Parallel workers would share that memory in /dev/shm, which is small in containers.
            cursor.execute("SET LOCAL max_parallel_maintenance_workers = 0")
            tables.execute(statements)
        statistics.count()
    # For the planner, and for scans that read the indexes alone.
    tables.execute(f"VACUUM (ANALYZE) {tables.NEXT}.{table}" for table in tables.TABLES)


def _check(recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """All that must be true before the swap; returns what was found."""
    checks.contents(recipe, progress.advance)
    checks.structure()
    checks.vectors(recipe)
    checks.lexical(recipe)
    return checks.searches(progress.advance)


def _swap(recipe: Recipe, progress: Progress, result: dict[str, Any]) -> None:
    """Bring the next index up to date and swap, again until nothing came between."""
    reindex = progress.reindex
    until = time.monotonic() + SWAP_SECONDS
    while True:
        if changed := building.stale():
            building.build(changed, recipe, progress.advance)
            checks.vectors(recipe)
        ended = {"state": State.DONE, "finished_at": Now(), "result": result | _sizes()}
        try:
            if swapping.swap(reindex, **ended):
                break
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            if time.monotonic() > until:
                raise Failed(
                    "Others held the index for 10 minutes, such as a backup. Run it again to go on."
                ) from error
            time.sleep(_BETWEEN_TRIES)
        progress.advance(0)
    events.emit(events.Event.REINDEX_ENDED, reindex=reindex.pk, state=State.DONE.value)
    with suppress(OperationalError):  # then the sweeper does it
        swapping.settle()


def _sizes() -> dict[str, int]:
    with tables.inside():
        return {
            "articles": building.built(),
            "chunks": Chunk.objects.count(),
            "set_aside": Article.objects.filter(
                status=Article.Status.PUBLISHED, index_state=Article.IndexState.FAILED
            ).count(),
        }
