"""The channel 微信客服 (kf): messages are pulled after a callback, answered by API, and people take over in WeCom."""
