from api.pending import pending_out, written


def test_a_stored_write_says_so():
    response = written({"id": "c1"}, is_pending=False, code=201, headers={"Location": "/x"})
    assert (response.status_code, response.data, response["Location"]) == (201, {"id": "c1", "state": "stored"}, "/x")


def test_a_pending_write_is_202(settings):
    response = written({"id": "c1"}, is_pending=True, code=201)
    assert (response.status_code, response.data) == (202, {"id": "c1", "state": "pending"})
    settings.AIRA_JOURNAL = "memory"
    assert written({}, is_pending=True).data == {"state": "pending", "durable": False}
    assert pending_out(is_pending=True) == {"fallback": True, "pending": True, "durable": False}
