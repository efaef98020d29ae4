"""Turns at drawing, taken by threads that draw no pages."""

import threading

import pytest

from pages.ui.access.drawing_turns import PATIENCE_S, DrawingTurns

LONGEST_S = 30


class Drawers:
    """Threads that draw until they are told to end."""

    def __init__(self, places):
        self.turns = DrawingTurns(places, self._wait)
        self.drawn = []
        self._queued = threading.Semaphore(0)
        self._drawing = threading.Semaphore(0)
        self._ends, self._threads = {}, []

    def queue(self, name, *, anew=False):
        """Start a thread that has to wait for its turn."""
        self._start(name, anew=anew)
        assert self._queued.acquire(timeout=LONGEST_S)

    def draw(self, name, *, anew=False):
        """Start a thread that draws at once."""
        self._start(name, anew=anew)
        assert self._drawing.acquire(timeout=LONGEST_S)

    def end(self, name):
        """Let a thread end, and wait until the next one draws."""
        self._ends[name].set()
        assert self._drawing.acquire(timeout=LONGEST_S)

    def end_all(self):
        """Let all threads end."""
        for end in self._ends.values():
            end.set()
        for thread in self._threads:
            thread.join(LONGEST_S)
            assert not thread.is_alive()

    def _wait(self, turn):
        self._queued.release()
        assert turn.wait(LONGEST_S)

    def _start(self, name, *, anew):
        def drawing():
            with self.turns.turn(anew=anew):
                self.drawn.append(name)
                self._drawing.release()
                assert end.wait(LONGEST_S)

        end = self._ends[name] = threading.Event()
        self._threads.append(threading.Thread(target=drawing))
        self._threads[-1].start()


def test_opened_pages_come_before_maps_that_are_drawn_anew_and_else_who_came_first():
    drawers = Drawers(places=2)
    drawers.draw("first")
    drawers.draw("second", anew=True)
    drawers.queue("anew", anew=True)
    drawers.queue("page")
    drawers.queue("later page")
    for name in ("second", "first", "page"):
        drawers.end(name)
    assert drawers.drawn == ["first", "second", "page", "later page", "anew"]
    drawers.end_all()
    drawers.draw("afterwards")
    drawers.end_all()


def test_a_thread_that_draws_has_its_turn_for_the_parts_of_its_page_and_gives_it_back_after_an_error():
    turns = DrawingTurns(1, pytest.fail)
    for _ in range(2):
        with pytest.raises(KeyError), turns.turn(anew=False), turns.turn(anew=True):
            raise KeyError
    with turns.turn(anew=True):
        pass


def test_a_thread_that_draws_for_too_long_holds_up_nobody_and_its_end_gives_no_place_away():
    now = [0.0]

    def wait(_turn):
        now[0] += PATIENCE_S / 2

    turns = DrawingTurns(1, wait, lambda: now[0])
    drawn = []

    def draw(name):
        with turns.turn(anew=False):
            drawn.append((name, now[0]))

    def drawn_by_others(*names):
        for name in names:
            thread = threading.Thread(target=draw, args=(name,))
            thread.start()
            thread.join(LONGEST_S)
            assert not thread.is_alive()

    with turns.turn(anew=False):
        drawn_by_others("waits until the first one is too late", "waits no more")
    assert drawn == [("waits until the first one is too late", PATIENCE_S), ("waits no more", PATIENCE_S)]
    with turns.turn(anew=False):
        drawn_by_others("waits again")
    assert drawn[-1] == ("waits again", 2 * PATIENCE_S)
