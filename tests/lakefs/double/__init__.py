"""A double of lakeFS: a small server in memory that answers as the real one was seen to answer.

It is no lakeFS. What it answers is compared with a real server's recorded answers
(`tests/lakefs/recorded`), and each test that runs on it runs on a real server, where one is named.
"""

from tests.lakefs.double.answers import Answer, Trouble
from tests.lakefs.double.server import Double, Drop, Request

__all__ = ["Answer", "Double", "Drop", "Request", "Trouble"]
