"""Asks the web processes how they are."""

import asyncio


async def http_status(host: str, port: int, path: str, patience: float = 3.0) -> int | None:
    """The status code of a GET, or None when there was no answer."""
    try:
        return await asyncio.wait_for(request(host, port, path), patience)
    except (OSError, ValueError, IndexError, TimeoutError):
        return None


async def request(host: str, port: int, path: str) -> int:
    """Send the request and read the status line."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
