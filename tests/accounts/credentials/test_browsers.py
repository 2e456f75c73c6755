import pytest

from accounts.credentials.browsers import LONGEST, browser_name

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"{MAC} Chrome/138.0.0.0 Safari/537.36", "Chrome on macOS"),
        (f"{MAC} Version/18.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/138.0 Safari/537.36 Edg/138.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/138.0 Mobile Safari/537.36", "Chrome on Android"),
        ("python-httpx/0.28", ""),
        ("Safari/1", "Safari"),
        ("", ""),
        ("x" * LONGEST + "Firefox/1 Linux", ""),
        ("Firefox/1 \x00<script> Linux", "Firefox on Linux"),
    ],
)
def test_a_browser_is_named_without_its_versions(header, name):
    assert browser_name(header) == name
