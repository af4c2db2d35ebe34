"""What Rasa says about the project is shown, what it says about itself is not."""

from dengta.rasa_command import Said, what_matters

OUTPUT = """\
2026-11-22 10:00:00 INFO     rasa.validator  - Validating intents...
2026-11-22 10:00:00 WARNING  py.warnings  - \x1b[93m/x/rasa/io.py:1: UserWarning: Issue found in 'bad.yml':
Found intent 'lost' in stories which is not part of the domain.
  More info at https://rasa.example
\x1b[0m
Processed story blocks:   0%|          | 0/61
\x1b[91mProject validation completed with errors.\x1b[0m
"""


def test_only_what_concerns_the_project_is_kept():
    assert what_matters(OUTPUT) == [
        "Issue found in 'bad.yml':",
        "Found intent 'lost' in stories which is not part of the domain.",
        "Project validation completed with errors.",
    ]


def test_of_a_traceback_only_our_own_lines_and_the_reasons_are_kept():
    traceback = """\
Traceback (most recent call last):
  File "/x/.venv/lib/python3.10/site-packages/rasa/engine/graph.py", line 497, in __call__
    output = self._fn(self._component, **run_kwargs)
  File "/x/dengta/nlu/intents.py", line 7, in train
    raise KeyError("greet")
KeyError: 'greet'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/x/.venv/lib/python3.10/site-packages/dask/local.py", line 224, in execute_task
    result = _execute_task(task, data)
             ^^^^^
rasa.engine.exceptions.GraphComponentException: Error running graph component
"""
    assert what_matters(traceback) == [
        '  File "/x/dengta/nlu/intents.py", line 7, in train',
        '    raise KeyError("greet")',
        "KeyError: 'greet'",
        "rasa.engine.exceptions.GraphComponentException: Error running graph component",
    ]


def test_the_ending_is_indented_and_never_empty():
    assert Said(1, ("a", "b", "c")).ending(2) == "  b\n  c"
    assert Said(1, ()).ending() == "  Rasa gave no reason"
