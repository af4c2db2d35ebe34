"""The web application: WeChat's addresses, the phone page, the administration."""
from aiohttp import web

from dengta.demo.wechat import admin, custom, official, page, tickets
from dengta.demo.wechat.customer import CUSTOMERS, Customers
from dengta.demo.wechat.gate import Route
from dengta.demo.wechat.kf import endpoints as kf
from dengta.demo.wechat.kf.customer import KF, KfCustomers
from dengta.demo.wechat.world import WORLD, World

MAX_BODY = 11 * 1024 * 1024


def application(world: World, customers: Customers, kf_customers: KfCustomers) -> web.Application:
    """Return the application that serves a world."""
    app = web.Application(client_max_size=MAX_BODY)
    app[WORLD], app[CUSTOMERS], app[KF] = world, customers, kf_customers
    app.add_routes([world.gate.open(route) for route in [*_account_routes(world), *_corp_routes(world)]])
    app.add_routes([*page.routes(), *admin.routes(), web.get("/health", _health)])
    return app


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _account_routes(world: World) -> list[Route]:
    check, either = world.check_token, world.check_either_token
    message, session = "/cgi-bin/message", "/customservice/kfsession"
    return [
        Route("POST", "/cgi-bin/stable_token", tickets.stable_token, None),
        Route("GET", "/cgi-bin/token", tickets.token, None),
        Route("POST", f"{message}/custom/send", custom.send, check),
        Route("POST", f"{message}/custom/typing", custom.typing, check),
        Route("POST", f"{message}/custom/business/typing", custom.typing, check),
        Route("POST", f"{message}/template/send", official.send_template, check),
        Route("POST", f"{message}/subscribe/send", official.send_subscribed, check),
        Route("POST", f"{message}/subscribe/bizsend", official.send_subscribed, check),
        Route("GET", "/cgi-bin/user/info", official.user_info, check),
        Route("POST", "/cgi-bin/media/upload", official.upload_media, either, reads_json=False),
        Route("GET", "/cgi-bin/media/get", official.get_media, either),
        Route("POST", "/cgi-bin/menu/create", official.create_menu, check),
        Route("POST", f"{session}/create", official.create_session, check),
        Route("POST", f"{session}/close", official.close_session, check),
        Route("GET", f"{session}/getsession", official.get_session, check),
        Route("GET", f"{session}/getwaitcase", official.get_waiting, check),
    ]


def _corp_routes(world: World) -> list[Route]:
    handlers = {
        "sync_msg": kf.sync_msg,
        "send_msg": kf.send_msg,
        "send_msg_on_event": kf.send_msg_on_event,
        "service_state/get": kf.get_state,
        "service_state/trans": kf.change_state,
        "account/list": kf.list_accounts,
    }
    return [
        Route("GET", "/cgi-bin/gettoken", kf.gettoken, None, wrong_ip=60020),
        *(
            Route("POST", f"/cgi-bin/kf/{name}", handler, world.check_corp_token, wrong_ip=60020)
            for name, handler in handlers.items()
        ),
    ]
