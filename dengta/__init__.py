"""Dengta 灯塔: a customer-service assistant for Chinese consumer lenders."""
