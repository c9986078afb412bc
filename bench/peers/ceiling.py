"""What the load generator itself can reach: a socket that answers fixed bytes to whatever comes in."""

import asyncio
import sys

import uvloop

BODY = b"x" * 2300
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Fixed(asyncio.Protocol):
    """Neither parses nor thinks; one answer for each packet, which is one request of a client that waits."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.write(ANSWER)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[-1])))
