"""WeChat without an account: the demo's own platform, its phone page, and the connector's settings to go with it."""
from typing import Mapping

from dengta.demo.wechat.settings import Account
from dengta.supervisor import Service


def service(port: int) -> Service:
    """Return the process that plays WeChat's servers and shows the phone."""
    return Service("WeChat demo", "dengta.demo.wechat", f"http://127.0.0.1:{port}/health")


def settings_of(port: int, assistant: str) -> Mapping[str, str]:
    """Return what makes the platform and the connector of the assistant at this address know each other."""
    account = Account()
    return {
        "DENGTA_WECHAT_DEMO_PORT": str(port),
        "DENGTA_WECHAT_DEMO_CONNECTOR": f"{assistant}/webhooks/wechat",
        "DENGTA_WECHAT_API": f"http://127.0.0.1:{port}",
        "DENGTA_WECHAT_APPID": account.appid,
        "DENGTA_WECHAT_SECRET": account.secret,
        "DENGTA_WECHAT_TOKEN": account.token,
        "DENGTA_WECHAT_AES_KEY": account.aes_key,
    }
