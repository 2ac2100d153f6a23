"""AQL: tokenizer, parser, evaluator."""
