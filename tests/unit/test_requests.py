"""A recording's requests: what had become of them at any time, in bounded memory."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.app.tally import Tally
from labkit.recording.request import Request
from labkit.recording.requests import Requests

_REQUESTS = st.lists(
    st.builds(
        Request,
        st.integers(0, 4000).map(lambda tenth: tenth / 10),
        st.sampled_from(["1.0.0", "2.0.0", None]),
        st.integers(0, 40).map(lambda tenth: tenth / 10),
        st.sampled_from(["hello-1", "hello-2", "no answer within 4 s"]),
        st.integers(0, 3),
        st.sampled_from([(), ("200",), ("504", "200")]),
    ),
    max_size=60,
).map(lambda each: sorted(each, key=lambda r: r.at + r.latency))


@settings(max_examples=25)
@given(requests=_REQUESTS, at=st.integers(0, 450), most=st.integers(1, 20))
def test_it_tells_what_was_known_at_a_time(requests: list[Request], at: int, most: int) -> None:
    log = Requests()
    for request in requests:
        log.add(request)
    assert list(log) == requests
    over = [each for each in requests if each.at + each.latency <= at]
    assert sorted(log.until(at), key=str) == sorted(over, key=str)
    assert len(log.until(at, most)) == min(most, len(over))
    assert [each.at for each in log.until(at)] == sorted(each.at for each in over)
    tally = Tally()
    for each in over:
        tally.add(each)
    counts, expected = log.counts(at), tally.summary()
    assert (counts.first_try, counts.retried, counts.lost) == (expected.first_try, expected.retried, expected.lost)
    assert counts.by_version == expected.by_version
    assert counts.retried_by_version == expected.retried_by_version
    waiting = [each.at for each in requests if each.at <= at < each.at + each.latency]
    assert log.under_way(at) == tuple(sorted(waiting))
    due = [each for each in requests if at <= each.at <= at + 5]
    assert sorted(log.between(at, at + 5), key=str) == sorted(due, key=str)


def test_the_oldest_go_and_stay_counted() -> None:
    log = Requests(limit=3000)
    for number in range(10_000):
        log.add(Request(float(number), "1.0.0" if number % 10 else None, 0.25, f"hello-{number // 1000}"))
    assert 3000 <= len(log) < 3000 + 1024
    assert log.version == 10_000
    assert log.counts().lost == 1000
    assert log.counts().first_try == 9000
    assert log.counts(9_000.3).lost == 901
    assert log.last == 9_999.25
    assert next(iter(log)).pod == f"hello-{(10_000 - len(log)) // 1000}"
    assert len({pod for _, pod, *_ in log._kinds}) == 4, "what only the oldest said has gone with them"


def test_who_listens_hears_each() -> None:
    log, heard = Requests(), list[Request]()
    end = log.hear(heard.append)
    log.add(Request(1.0, "1.0.0", 0.1, "hello-1"))
    end()
    log.add(Request(2.0, "1.0.0", 0.1, "hello-1"))
    assert [each.at for each in heard] == [1.0]
