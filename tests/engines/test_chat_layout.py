"""Chats laid out by templates: the texts are those of transformers, and the sandbox holds."""

from __future__ import annotations

import jinja2
import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from assistant.engines.chat_layout import lay_out

TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
CHAT = [
    {"role": "system", "content": "Be <b>brief</b>."},
    {"role": "user", "content": " Who\nis there? 三 "},
    {"role": "assistant", "content": "Nobody."},
    {"role": "user", "content": "Oh."},
]
TEMPLATES = [
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m['content'] | trim }}\n{% endfor %}",
    """{{- bos_token }}
    {% for message in messages %}
        {%- if loop.first and message.role == 'system' %}
            {%- set rules = message.content %}
            {%- continue %}
        {% endif %}
        {{ message.role }}: {{ message.content }}
    {% endfor %}
{{ rules }}
    {%- if add_generation_prompt %}
assistant:
    {% endif %}""",
    (
        "{% set ns = namespace(n=0, told=none) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}"
        "{% if ns.n > 3 %}{% break %}{% endif %}{{ ns.n }}{{ m | tojson }}{% endfor %}{{ tools }}"
    ),
    (
        "{{ dict(a=1, b=dict([('c', 'ä')])) | tojson(indent=2) }}"
        "{{ dict.fromkeys(['x'], 2) | tojson }}{{ strftime_now('%d %b %Y') }}{{ documents }}"
    ),
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_chat_is_laid_out_as_transformers_does_it(template: str) -> None:
    expected, _ = render_jinja_template(
        [CHAT], chat_template=template, add_generation_prompt=True, **TOKENS
    )
    assert lay_out(template, CHAT, TOKENS) == expected[0]


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no system message') }}",
        "{% for m in messages %}",
        "{{ nothing.at.all }}",
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ namespace(__init__=1) }}",
        "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
    ],
)
def test_what_a_template_refuses_or_may_not_do_is_its_error(template: str) -> None:
    with pytest.raises(jinja2.TemplateError) as ours:
        lay_out(template, CHAT, TOKENS)
    with pytest.raises(jinja2.TemplateError) as theirs:
        render_jinja_template([CHAT], chat_template=template)
    assert ours.type is theirs.type or ours.type is jinja2.TemplateError
