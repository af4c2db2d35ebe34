"""A platform that behaves like WeChat's servers, for tests and the demo: tokens, quotas, pushes with retries, AES.

`async with platform() as wx` runs it inside a test, `python -m dengta.demo.wechat` as a process with a phone page.
"""
from dengta.demo.wechat.handle import Handle, platform
from dengta.demo.wechat.settings import Account, Corp, Rules, Wire

__all__ = ["Account", "Corp", "Handle", "Rules", "Wire", "platform"]
