"""微信客服 (kf): customers write to a corporation's kf account, which pulls messages after a callback."""
