"""A model small enough to be trained in a test: keywords, rules, one custom action."""
import os
from pathlib import Path

FILES = {
    "config.yml": """
recipe: default.v1
language: zh
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet, query_bill, request_human, faq]
entities: [order_no]
slots:
  order_no: {type: text, mappings: [{type: from_entity, entity: order_no}]}
  tone: {type: text, initial_value: standard, mappings: [{type: custom}]}
actions: [action_bill, utter_faq]
responses:
  utter_greet:
    - text: 您好
      buttons:
        - {title: 第二笔, payload: '/query_bill{{"order_no": "JJ2"}}'}
        - {title: 怎么开通, payload: /faq/how_to_open}
  utter_done:
    - text: 办好了
  utter_human:
    - text: 已转人工
  utter_faq/how_to_open:
    - text: 在首页开通
""",
    "nlu.yml": """
version: "3.1"
nlu:
  - {intent: greet, examples: "- 你好\\n- 您好\\n"}
  - {intent: query_bill, examples: "- 账单\\n- 还多少\\n"}
  - {intent: request_human, examples: "- 人工\\n- 客服\\n"}
  - {intent: faq/how_to_open, examples: "- 怎么开通\\n- 如何开通\\n"}
""",
    "rules.yml": """
version: "3.1"
rules:
  - {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
  - {rule: bill, steps: [{intent: query_bill}, {action: action_bill}, {action: utter_done}]}
  - {rule: human, steps: [{intent: request_human}, {action: utter_human}]}
  - {rule: faq, steps: [{intent: faq}, {action: utter_faq}]}
""",
}


def train(folder: Path) -> Path:
    """Train in `folder` and return the archive."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    from rasa.model_training import train

    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    result = train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "nlu.yml"), str(folder / "rules.yml")],
        output=str(folder),
        fixed_model_name="small",
    )
    return Path(result.model)
