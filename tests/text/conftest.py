"""The five sentences about the closed bridge, in English and in Chinese."""

from __future__ import annotations

import pytest


@pytest.fixture
def bridge() -> str:
    return (
        "The city council voted on Tuesday to close the old bridge over the river for repairs that "
        "will last until spring. Engineers found cracks in two of the four pillars last month "
        "after heavy floods. The mayor said that a ferry will carry people on foot, free of "
        "charge, every fifteen minutes, while cars must drive to the northern bridge, six "
        "kilometres away. Shop owners on the eastern bank fear that they will lose customers "
        "before Christmas and have asked for a tax break. The repair will cost nine million euros, "
        "of which the state pays two thirds."
    )


@pytest.fixture
def chinese_bridge() -> str:
    return (
        "市议会周二投票决定关闭河上的旧桥进行维修，维修将持续到春天。"
        "工程师上个月在大洪水之后发现四个桥墩中有两个出现裂缝。"
        "市长说，渡轮将每十五分钟免费运送步行者，而汽车必须绕行六公里外的北桥。"
        "东岸的店主担心他们会在圣诞节前失去顾客，并要求减税。"
        "维修将花费九百万欧元，其中三分之二由国家支付。"
    )
