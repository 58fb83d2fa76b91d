"""Suggestions at the caret: a few words, each as likely as was asked, never half of one.

`suggesting` is the way in. `token_texts` knows what each token spells, `healing` takes the word at
the caret back and goes on with what was typed of it, `mixture` weighs the draft's own words in,
`rows` follows the texts that are written, `units` says where their words and clauses end.
"""
